"""The JSON body of a generation request."""

from bot.core.catalogue.models import ImageModel
from bot.core.catalogue.sizes import AspectRatios
from bot.core.image import ImageRequest


def body(model: ImageModel, request: ImageRequest) -> dict[str, object]:
    """Return the body of `POST /images/generations`: what was asked, and nothing that the model would reject.

    `n` is not sent: it is 1 then, which every model takes (https://apidoc.cometapi.com/images-generations). Some make
    no more at once; a request that is cut loses one image, and an empty answer is billed as one.
    """
    takes = model.takes
    optional = {
        "quality": request.quality,
        "style": request.style,
        "background": request.background,
        "output_format": request.output_format,
    }
    sent: dict[str, object] = {"model": request.model, "prompt": request.prompt}
    if request.size is not None and "size" in takes:
        sent[_size_name(model, request.size)] = request.size
    sent |= {name: value for name, value in optional.items() if value is not None and name in takes}
    return sent | dict(model.always)


def _size_name(model: ImageModel, size: str) -> str:
    if not isinstance(model.sizes, AspectRatios):
        return "size"
    return "resolution" if size in model.sizes.resolutions else "aspect_ratio"
