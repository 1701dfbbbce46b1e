"""The known image models and what each accepts. Any other model gets the most widely compatible request."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

from bot.core.catalogue.sizes import AspectRatios, FixedSizes, FlexibleSizes, SizeRule
from bot.core.message import marked

_DATE = re.compile(r"-\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageModel:
    """What one model accepts. An empty tuple means that the option is never sent. Lengths are in characters."""

    name: str
    description: str = ""
    """What to choose it for: a marked text of at most 60 characters; empty if the model is not known."""
    sizes: SizeRule = field(default_factory=FixedSizes)
    qualities: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    backgrounds: tuple[str, ...] = ()
    output_formats: tuple[str, ...] = ()
    prompt_limit: int = 4000
    default_size: str | None = None
    default_quality: str | None = None
    always: Mapping[str, object] = field(default_factory=dict)
    """What else is sent with every request."""

    @property
    def known(self) -> bool:
        """Whether the built-in table has the model, or the model that it is a dated snapshot of."""
        return _entry(self.name) is not None

    @property
    def retired_on(self) -> date | None:
        """The day on which its vendor retires it; a gateway that still lists it may have it from elsewhere."""
        return _RETIRED_ON.get(_DATE.sub("", self.name))

    @property
    def takes(self) -> tuple[str, ...]:
        """The names of the options that the model has."""
        optional = {
            "size": self.sizes.choices,
            "quality": self.qualities,
            "style": self.styles,
            "n": True,
            "background": self.backgrounds,
            "output_format": self.output_formats,
            "ar": self.sizes.choices,
        }
        return ("prompt", "model", *(name for name, has in optional.items() if has))

    def values(self, option: str) -> tuple[str, ...]:
        """Return the values of an option whose values are a plain list."""
        lists = {
            "quality": self.qualities,
            "style": self.styles,
            "background": self.backgrounds,
            "output_format": self.output_formats,
        }
        return lists[option]


# https://developers.openai.com/api/docs/deprecations
_RETIRED_ON = {
    "dall-e-2": date(2026, 5, 12),
    "dall-e-3": date(2026, 5, 12),
    "gpt-image-1": date(2026, 10, 23),
    "gpt-image-1-mini": date(2026, 12, 1),
    "gpt-image-1.5": date(2026, 12, 1),
    "chatgpt-image-latest": date(2026, 12, 1),
}

_ANY_SIZE = marked("transparent backgrounds; any size up to 3840 pixels")
_THREE_SHAPES = marked("transparent backgrounds; square, landscape or portrait")
_GPT_QUALITIES = ("auto", "low", "medium", "high")
_GPT_FORMATS = ("png", "jpeg", "webp")
_GPT_SIZES = ("1024x1024", "1536x1024", "1024x1536")

# Only DALL·E knows it: GPT image models reject the parameter, and always answer with base64.
_LINK: Mapping[str, object] = {"response_format": "url"}
# By the vendor's default every image gets a visible mark (BytePlus ModelArk, image generation API: `watermark`).
_UNMARKED: Mapping[str, object] = {"watermark": False}

_DALL_E_2 = ImageModel(
    name="dall-e-2",
    description=marked("square images of up to 1024 pixels"),
    sizes=FixedSizes(sizes=("1024x1024", "512x512", "256x256")),
    qualities=("standard",),
    prompt_limit=1000,
    default_size="1024x1024",
    always=_LINK,
)
_DALL_E_3 = ImageModel(
    name="dall-e-3",
    description=marked("vivid or natural style, standard or HD quality"),
    sizes=FixedSizes(sizes=("1024x1024", "1792x1024", "1024x1792")),
    qualities=("standard", "hd"),
    styles=("vivid", "natural"),
    default_size="1024x1024",
    always=_LINK,
)
_GPT_IMAGE_1 = ImageModel(
    name="gpt-image-1",
    description=_THREE_SHAPES,
    sizes=FixedSizes(sizes=_GPT_SIZES, words=("auto",)),
    qualities=_GPT_QUALITIES,
    backgrounds=("auto", "transparent", "opaque"),
    output_formats=_GPT_FORMATS,
    prompt_limit=32000,
    default_size="1024x1024",
)
# Sizes: https://platform.openai.com/docs/api-reference/images/create. At quality `auto` an image may take minutes,
# and a proxy may cut the connection (524) after it was paid for; `medium` is done well before. Users can ask for more.
_GPT_IMAGE_2 = replace(
    _GPT_IMAGE_1,
    name="gpt-image-2",
    description=marked("any size up to 3840 pixels; high quality takes minutes"),
    sizes=FlexibleSizes(
        named=(*_GPT_SIZES, "1280x720", "720x1280", "2048x2048"),
        words=("auto",),
        min_pixels=655_360,
        max_pixels=8_294_400,
        longest=3840,
    ),
    backgrounds=("auto", "opaque"),
    default_quality="medium",
)
_GPT_IMAGE_2_5 = replace(
    _GPT_IMAGE_2,
    name="gpt-image-2.5-sunburst",
    description=_ANY_SIZE,
    qualities=(*_GPT_QUALITIES, "xhigh", "max"),
    backgrounds=("auto", "transparent", "opaque"),
)
# First the size that every gateway accepts, then those of https://help.aliyun.com/zh/model-studio/qwen-image-api.
_QWEN_IMAGE = ImageModel(
    name="qwen-image",
    description=marked("six sizes, from square to 16:9"),
    sizes=FixedSizes(sizes=("1024x1024", "1664x928", "928x1664", "1472x1104", "1104x1472", "1328x1328")),
    default_size="1024x1024",
)
_SEEDREAM_4_0 = ImageModel(
    name="doubao-seedream-4-0-250828",
    description=marked("images of up to 4096 pixels, also as 2K or 4K"),
    sizes=FlexibleSizes(
        named=("2048x2048", "2496x1664", "1664x2496"),
        words=("2K", "4K"),
        min_pixels=921_600,
        max_pixels=16_777_216,
        longest=4096,
    ),
    default_size="2048x2048",
    always=_UNMARKED,
)


def _seedream(name: str, description: str, *presets: str) -> ImageModel:
    """Return a later Seedream model, which accepts nothing below about 1920 by 1920 pixels."""
    sizes = FlexibleSizes(
        named=("2048x2048", "2496x1664", "1664x2496"),
        words=presets,
        min_pixels=3_686_400,
        max_pixels=16_777_216,
        longest=4096,
    )
    return replace(_SEEDREAM_4_0, name=name, description=description, sizes=sizes)


_GROK_RATIOS = (
    "1:1",
    "3:2",
    "2:3",
    "4:3",
    "3:4",
    "16:9",
    "9:16",
    "2:1",
    "1:2",
    "19.5:9",
    "9:19.5",
    "20:9",
    "9:20",
    "auto",
)
_GROK = ImageModel(
    name="grok-imagine-image",
    description=marked("aspect ratios from 9:20 to 20:9, in 1k or 2k"),
    sizes=AspectRatios(ratios=_GROK_RATIOS, resolutions=("1k", "2k")),
    default_size="1:1",
)

_MODELS = (
    _DALL_E_3,
    _GPT_IMAGE_2,
    replace(
        _GPT_IMAGE_2_5,
        name="gpt-image-2.6-flare",
        description=marked("fast at low quality; any size up to 3840 pixels"),
    ),
    replace(
        _GPT_IMAGE_2_5,
        name="gpt-image-2.6-sunburst",
        description=marked("six levels of quality; any size up to 3840 pixels"),
    ),
    *(replace(_GPT_IMAGE_2_5, name=f"gpt-image-{version}") for version in ("2.5-flare", "2.5-sunburst")),
    replace(_GPT_IMAGE_1, name="gpt-image-1.5"),
    replace(_GPT_IMAGE_1, name="gpt-image-1-mini", description=marked("cheap; transparent backgrounds")),
    _GPT_IMAGE_1,
    replace(_GPT_IMAGE_1, name="chatgpt-image-latest"),
    _QWEN_IMAGE,
    _seedream("seedream-5-0-pro-260628", marked("images of up to 4096 pixels; takes about two minutes"), "1K", "2K"),
    _seedream("doubao-seedream-5-0-260128", marked("large images, also as 2K or 3K"), "2K", "3K"),
    _seedream("doubao-seedream-4-5-251128", marked("large images, also as 2K or 4K"), "2K", "4K"),
    _SEEDREAM_4_0,
    replace(
        _GROK,
        name="grok-imagine-image-2.0",
        description=marked("aspect ratios from 9:20 to 20:9, low or medium quality"),
        qualities=("low", "medium"),
    ),
    _GROK,
    ImageModel(name="gpt-image-2-all", description=marked("a fixed price for each image; takes only a prompt")),
    _DALL_E_2,
)

KNOWN: Mapping[str, ImageModel] = {model.name: model for model in _MODELS}


@lru_cache(maxsize=1024)
def image_model(name: str) -> ImageModel:
    """Return what is known of a model. A dated snapshot is like its model; an unknown model takes only a prompt.

    But every Seedream, also one that no table has yet, puts its mark on images unless it is told not to.
    """
    if entry := _entry(name):
        return replace(entry, name=name)
    return ImageModel(name=name, always=_UNMARKED if "seedream" in name.lower() else {})


def _entry(name: str) -> ImageModel | None:
    return KNOWN.get(name) or KNOWN.get(_DATE.sub("", name))
