"""What the numbers of a picture's pixels mean, and how they become sRGB, which every place shows."""

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageCms

from bot.core.images.profile import SRGB, SRGB_CURVE, Chromaticities, profile

_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
# https://www.itu.int/rec/T-REC-H.273: the colour primaries and transfer functions of ordinary screens. There is no
# conversion here for what needs a brighter one.
_PRIMARIES: Mapping[int, Chromaticities] = {
    1: SRGB,
    9: (0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    12: (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
_GAMMAS = {1: SRGB_CURVE, 4: 2.2, 5: 2.8, 6: SRGB_CURVE, 8: 1.0, 13: SRGB_CURVE, 14: SRGB_CURVE}


def source(info: Mapping[str | tuple[int, int], Any], png: bytes) -> bytes:
    """Return the ICC profile of a picture that Pillow opened, empty for sRGB. `png` are its bytes, if it is a PNG.

    In a PNG the first of cICP, iCCP, sRGB, and gAMA with cHRM counts: https://www.w3.org/TR/png-3/#color-chunk-precendence
    """
    if cicp := _chunk(png, b"cICP"):
        primaries, gamma = _PRIMARIES.get(cicp[0]), _GAMMAS.get(cicp[1])
        return b"" if primaries is None or gamma is None else profile(primaries, gamma)
    if embedded := info.get("icc_profile"):
        return bytes(embedded)
    if "srgb" in info or not ("gamma" in info or "chromaticity" in info):
        return b""
    exponent = info.get("gamma") or 1 / 2.2
    return profile(tuple(info.get("chromaticity") or SRGB), 1 / exponent)


def in_srgb(image: Image.Image, meaning: bytes) -> Image.Image:
    """Return a picture in RGB or RGBA. `meaning` is left out if it can't be read, or doesn't fit."""
    see_through = image.mode == "RGBA"
    plain = image.convert("RGBA" if see_through else "RGB")
    if not meaning:
        return plain
    try:
        meant = ImageCms.ImageCmsProfile(io.BytesIO(meaning))
        if "srgb" in ImageCms.getProfileName(meant).lower():
            return plain
        mode = _MODES[meant.profile.xcolor_space]
        if mode == "CMYK" and image.mode != "CMYK":
            return plain
        opaque = image if image.mode == mode else plain.convert("RGB").convert(mode)
        srgb = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(opaque, meant, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, LookupError):
        return plain
    if converted is None:
        return plain
    if see_through:
        converted.putalpha(plain.getchannel("A"))
    return converted


def _chunk(png: bytes, kind: bytes) -> bytes:
    """Return a chunk of four bytes that stands before the pixels."""
    at = png.find(b"\0\0\0\4" + kind, 0, png.find(b"IDAT"))
    return png[at + 8 : at + 12] if at >= 0 else b""
