"""Marks in images' files: that a model made them, and which. The pixels' own bytes stay as they are."""

from bot.core.images.verify import MODULES, VerifiedImage


def marked(image: VerifiedImage, model: str) -> bytes:
    """Return the bytes of an image that says so in XMP, or has a C2PA manifest, which another byte would break.

    Bytes that say so already are returned as they are.
    """
    from bot.core.images import xmp  # its import takes a while, and a start needs none

    if image.outline.has_manifest or xmp.is_marked(image.outline.xmp):
        return image.data
    return MODULES[image.media_type].with_xmp(image.data, xmp.packet(model, image.outline.xmp))


def seems_marked(data: bytes) -> bool:
    """Return whether these bytes have the words of every mark: a quick look, before the file is read."""
    from bot.core.images import xmp  # as above

    return xmp.SOURCE.encode() in data
