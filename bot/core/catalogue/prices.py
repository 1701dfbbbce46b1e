"""What an image costs, as far as the live list and the vendors' published figures tell."""

from bot.core.catalogue.models import ImageModel
from bot.core.image import Price

PER_IMAGE = "image"
_MILLION = 1_000_000

# Output tokens of a square image at the quality that the bot asks for, `medium`; the most that was seen, where the
# vendor publishes none. https://developers.openai.com/api/docs/guides/image-generation
_TOKENS = {
    "gpt-image-1": 1056,
    "gpt-image-1-mini": 1056,
    "gpt-image-1.5": 1056,
    "gpt-image-2": 1756,
    "gpt-image-2.5-flare": 439,
    "gpt-image-2.5-sunburst": 439,
    "gpt-image-2.6-flare": 1756,
    "gpt-image-2.6-sunburst": 1756,
}


def usd_of_default_image(model: ImageModel, price: Price | None) -> float | None:
    """Return what an image with the model's default options costs, in USD; None if that isn't known."""
    if price is None:
        return None
    if price.unit == PER_IMAGE:
        return price.usd
    tokens = _TOKENS.get(model.name)
    return price.usd * tokens / _MILLION if tokens else None
