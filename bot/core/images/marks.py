"""Marks in images' files: that a model made them, and which. The pixels' own bytes stay as they are."""

from bot.core.images import xmp
from bot.core.images.verify import MODULES, examine


def marked(data: bytes, model: str) -> bytes:
    """Return an image that says so in XMP, or has a C2PA manifest, which another byte would break.

    Bytes that say so already are returned as they are. Raises ImageError, MemoryError.
    """
    media_type, outline = examine(data)
    if outline.has_manifest or xmp.is_marked(outline.xmp):
        return data
    return MODULES[media_type].with_xmp(data, xmp.packet(model, outline.xmp))


def seems_marked(data: bytes) -> bool:
    """Return whether these bytes contain what every mark has: quickly, for what was marked when it was stored."""
    return xmp.SOURCE.encode() in data
