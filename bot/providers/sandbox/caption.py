"""The caption that says what a picture is: a sandbox picture, for which prompt, model and size."""

import textwrap
import unicodedata

from PIL import Image, ImageDraw, ImageFont

_LINES = 3
_SPELLINGS = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "×": "x", "ß": "ss", "ø": "o", "æ": "ae"}
)


def put_caption(image: Image.Image, prompt: str, label: str) -> None:
    """Write the prompt and the label onto the lower edge, on a dark veil."""
    unit = min(image.size) / 1000
    large, small = _font(max(11, 34 * unit)), _font(max(9, 23 * unit))
    margin = round(max(8, 38 * unit))
    per_line = max(12, int((image.width - 2 * margin) / large.getlength("n")))
    lines = textwrap.wrap(_drawable(prompt) or "(a prompt in letters that the sandbox lacks)", per_line)
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], textwrap.shorten(" ".join(lines[_LINES - 1 :]), per_line, placeholder=" ...")]
    line_height, label_height = round(large.size * 1.3), round(small.size * 1.5)
    text_height = line_height * len(lines) + label_height
    _veil(image, text_height + 3 * margin)
    draw = ImageDraw.Draw(image, "RGBA")
    y = image.height - margin - text_height
    for line in lines:
        draw.text((margin, y), line, font=large, fill=(255, 255, 255, 245))
        y += line_height
    draw.text((margin, y + label_height - small.size), label, font=small, fill=(255, 255, 255, 185))
    _chip(image, margin, small)


def _chip(image: Image.Image, margin: int, font: ImageFont.FreeTypeFont) -> None:
    """Mark the upper left corner, where a small preview shows it too."""
    draw = ImageDraw.Draw(image, "RGBA")
    pad = font.size * 0.6
    box = (margin, margin, margin + font.getlength("sandbox") + 2 * pad, margin + font.size + 1.5 * pad)
    draw.rounded_rectangle(box, radius=(box[3] - box[1]) / 2, fill=(0, 0, 0, 110), outline=(255, 255, 255, 90))
    draw.text((margin + pad, margin + pad * 0.65), "sandbox", font=font, fill=(255, 255, 255, 230))


def _veil(image: Image.Image, height: int) -> None:
    size = (image.width, min(height, image.height))
    mask = Image.linear_gradient("L").resize(size).point(lambda value: min(205, round(value * 1.15)))
    image.paste((8, 8, 20), (0, image.height - size[1]), mask)


def _font(size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return font


def _drawable(text: str) -> str:
    """Spell a text in the letters that Pillow's own font has."""
    plain = unicodedata.normalize("NFKD", text.translate(_SPELLINGS))
    return "".join(char if char.isascii() else "" for char in plain).strip(" .,-")
