"""Pictures as models and programs make them, whole and with the troubles that were seen in others' files."""

import io
import os
import random
import struct
import zlib
from pathlib import Path
from xml.etree import ElementTree as ET

from PIL import Image

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}
ADOBE_RGB = (0.3127, 0.3290, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
# The description box of a manifest store: https://spec.c2pa.org/specifications/specifications/2.2/specs/C2PA_Specification.html
C2PA = (
    struct.pack(">I", 38) + b"jumb" + struct.pack(">I", 30) + b"jumdc2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\3c2pa\0"
)
IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def stored(folder: Path) -> list[Path]:
    """Return the PNG files in a folder, from which they may be deleted meanwhile: `rglob` fails then."""
    return [Path(at, name) for at, _, names in os.walk(folder) for name in names if name.endswith(".png")]


def encoded(image: Image.Image, media_type: str = "image/png", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, FORMATS[media_type], **options)
    return file.getvalue()


def animated(media_type: str, *frames: Image.Image) -> bytes:
    return encoded(frames[0], media_type, save_all=True, append_images=frames[1:])


def decoded(data: bytes, mode: str = "RGBA") -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        return image.convert(mode)


def pixel(image: Image.Image, at: tuple[int, int]) -> tuple[int, ...]:
    found = image.getpixel(at)
    assert isinstance(found, tuple)
    return found


def close(one: tuple[int, ...], other: tuple[int, ...], most: int = 3) -> bool:
    """Return whether two colours differ by so little that nobody sees it."""
    return all(abs(a - b) <= most for a, b in zip(one, other, strict=True))


def noise(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    return Image.frombytes(mode, size, random.Random(7).randbytes(size[0] * size[1] * len(mode)))


def soft(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """Return a picture that compresses about as well as a photograph."""
    return noise((size[0] // 8, size[1] // 8), mode).resize(size, Image.Resampling.BICUBIC)


def chunk(kind: bytes, content: bytes, *, wrong: bool = False) -> bytes:
    """Return a chunk of PNG, with a wrong checksum if that is wanted."""
    checksum = zlib.crc32(kind + content) ^ wrong
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def with_chunk(png: bytes, kind: bytes, content: bytes, *, wrong: bool = False) -> bytes:
    """Return a PNG with one more chunk before its pixels."""
    return png[:33] + chunk(kind, content, wrong=wrong) + png[33:]


def chunks(png: bytes) -> list[bytes]:
    """Return the chunks of a PNG, whole."""
    found, at = [], len(SIGNATURE)
    while at < len(png):
        end = at + 12 + int.from_bytes(png[at : at + 4])
        found.append(png[at:end])
        at = end
    return found


def of_chunks(*parts: bytes) -> bytes:
    return SIGNATURE + b"".join(parts)


def grey_png(depth: int, rows: list[list[int]], transparent: int) -> bytes:
    """Return a PNG of grey, of 1 to 16 bits, in which one grey is transparent. A row fills whole bytes."""
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), depth, 0, 0, 0, 0)
    lines = b"".join(
        b"\0" + int("".join(f"{grey:0{depth}b}" for grey in row), 2).to_bytes(len(row) * depth // 8) for row in rows
    )
    key = chunk(b"tRNS", struct.pack(">H", transparent))
    return of_chunks(chunk(b"IHDR", header), key, chunk(b"IDAT", zlib.compress(lines)), chunk(b"IEND", b""))


def deep_colour_png(rows: list[list[tuple[int, int, int]]], transparent: tuple[int, int, int]) -> bytes:
    """Return a PNG of 16 bits a channel, in which one colour is transparent."""
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 16, 2, 0, 0, 0)
    lines = b"".join(b"\0" + b"".join(struct.pack(">3H", *colour) for colour in row) for row in rows)
    key = chunk(b"tRNS", struct.pack(">3H", *transparent))
    return of_chunks(chunk(b"IHDR", header), key, chunk(b"IDAT", zlib.compress(lines)), chunk(b"IEND", b""))


def grey_profile(gamma: float) -> bytes:
    """Return an ICC profile of grey: https://www.color.org/ICC1v42_2006-05.pdf."""
    white = struct.pack(">3i", 63190, 65536, 54061)
    tags = {b"kTRC": struct.pack(">4s4xIH2x", b"curv", 1, round(gamma * 256)), b"wtpt": b"XYZ " + bytes(4) + white}
    index, content, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, tag in tags.items():
        index += name + struct.pack(">II", start + len(content), len(tag))
        content += tag
    size = start + len(content)
    head = struct.pack(">I4xI12s12x4s28x12s48x", size, 0x02400000, b"mntrGRAYXYZ ", b"acsp", white)
    return head + index + content


def out_of_order(apng: bytes) -> bytes:
    """Return an animation with its last two frames exchanged."""
    parts = chunks(apng)
    at = [number for number, part in enumerate(parts) if part[4:8] == b"fcTL"][-2]
    end = len(parts) - 1
    half = (at + end) // 2
    return of_chunks(*parts[:at], *parts[half:end], *parts[at:half], parts[end])


def of_several(*pictures: Image.Image) -> bytes:
    """Return a JPEG of several pictures, as phones and cameras make them."""
    file = io.BytesIO()
    pictures[0].save(file, "MPO", save_all=True, append_images=pictures[1:])
    return file.getvalue()


def turned(image: Image.Image, media_type: str, orientation: int) -> bytes:
    """Return a picture whose EXIF says how it is to be turned."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(image, media_type, exif=exif)


def mark_of(data: bytes) -> tuple[str, str]:
    """Return the kind of source and the tool that Pillow finds in a picture's XMP."""
    with Image.open(io.BytesIO(data)) as image:
        gif = data.partition(b"XMP DataXMP")[2].partition(b"\1\xff\xfe")[0]  # of which Pillow doesn't tell
        packet = image.info.get("xmp") or gif
    root = ET.fromstring(packet.strip(b"\0").decode().removeprefix("\ufeff"))
    (said,) = [each for each in root.iter() if f"{IPTC}DigitalSourceType" in each.attrib]
    return said.attrib[f"{IPTC}DigitalSourceType"], said.attrib["{http://ns.adobe.com/xap/1.0/}CreatorTool"]
