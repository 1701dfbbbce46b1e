"""Images, from what is asked of a model to what is shown. All are frozen; none does I/O."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date

from bot.core import foreign


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """A request to an image model, checked against the catalogue. The fields have the API's names.

    `None` means that the field is not sent and the model decides.
    """

    model: str
    prompt: str = field(repr=False)
    n: int = 1
    size: str | None = None
    quality: str | None = None
    style: str | None = None
    background: str | None = None
    output_format: str | None = None

    @property
    def options(self) -> Mapping[str, str]:
        """The values that are sent with the prompt, as options of a command."""
        given = {name: value for name, value in asdict(self).items() if value is not None and name != "prompt"}
        return {name: str(value) for name, value in given.items()}


JOB_ID = re.compile(r"[0-9a-f]{26}")


IMAGE_KEY = re.compile(rf"(?:{JOB_ID.pattern})/[0-9]+\.(?:png|jpg|webp|gif)")
"""The names of the bot's images in the image store. Anything else there doesn't belong to the bot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImage:
    """An image of a job, in the image store. `width` and `height` in pixels, `size` in bytes."""

    key: str
    media_type: str
    width: int
    height: int
    size: int
    sha256: str = ""
    """In hexadecimal digits; empty in a row of a release that didn't keep it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the gateway said with its images; empty where it said nothing."""

    request_id: str = ""
    revised_prompt: str = ""

    def __post_init__(self) -> None:
        foreign.put(self, request_id=foreign.line(self.request_id), revised_prompt=foreign.text(self.revised_prompt))


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What an image costs in USD; `unit` tells whether per image or per million output tokens."""

    usd: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedModel:
    """A model on the gateway's live list. `makes_images`: by the route that the bot uses."""

    name: str
    price: Price | None = None
    makes_images: bool = True
    shut_down_on: date | None = None

    def __post_init__(self) -> None:
        foreign.put(self, name=foreign.line(self.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A model as it is offered: what to choose it for, what an image costs and how long it takes; None is not known.

    `description` is a marked text; an empty one for a model that no table knows.
    """

    name: str
    description: str = ""
    usd: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """What the gateway returned for one request: the image's raw bytes, not yet verified."""

    image: bytes = field(repr=False)
    revised_prompt: str = ""
    request_id: str = ""

    def __post_init__(self) -> None:
        foreign.put(self, request_id=foreign.line(self.request_id), revised_prompt=foreign.text(self.revised_prompt))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLimits:
    """Which images can be shown at an address: media types, and bytes per file."""

    media_types: frozenset[str] = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
    max_bytes: int = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFile:
    """An image that is ready to be sent. The extension of `name` matches the bytes."""

    name: str
    media_type: str
    width: int
    height: int
    data: bytes = field(repr=False)
