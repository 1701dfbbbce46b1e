"""The catalogue: which models may be chosen now, their prices, and requests that are checked against them."""

import asyncio
import logging
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime

from bot.core.catalogue.models import KNOWN, ImageModel, image_model
from bot.core.catalogue.options import check, choices, completions
from bot.core.catalogue.prices import PER_IMAGE, usd_of_default_image
from bot.core.clock import Clock, SystemClock
from bot.core.image import ImageRequest, OfferedModel, Price
from bot.core.refusals import BadValue, EmptyPrompt, NoModel, OptionNotTaken, UnknownModel, UsageError
from bot.core.rules import moments
from bot.core.visible import is_blank

logger = logging.getLogger(__name__)


class Catalogue:
    """The models that may be chosen: the gateway's live list once it is known, the built-in table until then."""

    def __init__(
        self,
        *,
        default: str,
        preference: Sequence[str] = (),
        allowed: Sequence[str] = (),
        clock: Clock | None = None,
    ) -> None:
        self._configured = _spelled(default)
        self._preference = tuple(_spelled(name) for name in preference)
        self._allowed = tuple(_spelled(name) for name in allowed)
        self._clock = clock or SystemClock()
        built_in = dict.fromkeys((self._configured, *self._preference, *self._allowed, *KNOWN))
        self._offered = {name: OfferedModel(name=name) for name in built_in}
        self._elsewhere: frozenset[str] = frozenset()
        """Models that are offered, but not by the images endpoint."""
        self._listed = False
        self._answered = asyncio.Event()
        self._refused: Mapping[str, datetime] = {}
        self._warned = ""

    def update(self, offered: Sequence[OfferedModel]) -> None:
        """Replace the list with the live one. One without image models is a fault of the gateway: all others stay."""
        self._elsewhere = frozenset(model.name for model in offered if not model.makes_images)
        images = {model.name: model for model in offered if model.makes_images}
        if not images:
            logger.warning("the gateway's list has no image model; keeping the one before")
            return
        self._offered, self._listed = images, True
        instead = self.default
        if instead not in {self._configured, self._warned}:
            logger.warning("DEFAULT_MODEL %s is not available; using %s", self._configured, instead)
        self._warned = instead

    def set_answered(self) -> None:
        """Note that the gateway was asked for its list, with or without success."""
        self._answered.set()

    @property
    def was_answered(self) -> bool:
        """Whether the gateway was asked for its list."""
        return self._answered.is_set()

    async def wait_for_answer(self, seconds: float) -> None:
        """Wait until the gateway was asked for its list, but no longer than this."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._answered.wait()

    def set_refused(self, until: Mapping[str, datetime]) -> None:
        """Don't choose these models for jobs that name none, each until its moment: the gateway refused them."""
        self._refused = until

    def add_refused(self, model: str, until: datetime, *, makes_images: bool = True) -> None:
        """Do the same with one more model. One that makes no images isn't offered until the next list comes."""
        self._refused = {**self._refused, model: until}
        if not makes_images and set(self._available()) - {model}:
            self._elsewhere |= {model}

    @property
    def default(self) -> str:
        """The model for a command without one: the configured, else the first preferred, else the first available.

        One that the gateway refused a while ago comes last. Without a live list, so does one that is retired by now.
        """
        available = self._available()
        wanted: Sequence[str] = [name for name in (self._configured, *self._preference) if name in available]
        if not self._listed:
            wanted = self._current(wanted) or wanted
        usable = (name for name in wanted if not self.is_refused(name))
        return next(usable, None) or self._instead([*wanted, *self._current(available), *available])

    def _instead(self, names: Sequence[str]) -> str:
        """Return the first model that wasn't refused, for a default that can't be used; the first if all were."""
        return next((name for name in names if not self.is_refused(name)), next(iter(names), self._configured))

    def is_refused(self, model: str) -> bool:
        """Return whether the gateway refused a model as a whole a while ago."""
        return moments.holds(self._refused.get(model), self._clock.now(), moments.LONGEST_REFUSAL)

    def has(self, model: str) -> bool:
        """Return whether a model may be chosen, and wasn't refused by the gateway a while ago."""
        return model in self._available() and not self.is_refused(model)

    @property
    def configured_default(self) -> str:
        """The operator's `DEFAULT_MODEL`. `default` differs from it while that model is not offered."""
        return self._configured

    def is_elsewhere(self, model: str) -> bool:
        """Return whether the gateway offers a model, but not by the images endpoint."""
        return model in self._elsewhere

    def is_missing(self, model: str) -> bool:
        """Return whether the gateway's list is known, and doesn't have a model."""
        return self._listed and model not in self._offered and model not in self._elsewhere

    def ends_on(self, model: str) -> date | None:
        """Return the day on which a model is shut down, by the live list, or else by the table."""
        offered = self._offered.get(model)
        return (offered and offered.shut_down_on) or image_model(model).retired_on

    def names(self) -> tuple[str, ...]:
        """Return the models that may be chosen: the default first, then the preferred ones, then the rest."""
        available = self._available()
        if not available:
            return ()
        preferred = (name for name in self._preference if name in available)
        return tuple(dict.fromkeys((self.default, *preferred, *available)))

    def model(self, name: str) -> ImageModel:
        """Return a model that may be chosen, even if spelled loosely (`DALL·E 3`). Raises UnknownModel, NoModel."""
        available = self._available()
        if not available:
            raise NoModel
        if name in available:
            return image_model(name)
        alike = [each for each in available if _letters(each) == _letters(name)]
        if len(alike) != 1:
            raise UnknownModel(name, self.names())
        return image_model(alike[0])

    def resolve(self, options: Mapping[str, str]) -> ImageRequest:
        """Turn typed options into a request that the model accepts. Raises UsageError, NoModel: nothing is spent."""
        if is_blank(options.get("prompt", "")):
            raise EmptyPrompt
        named = options.get("model", "").strip()
        return check(self.model(named or self.default), options)

    def fit(self, options: Mapping[str, str], *, keep: Collection[str] = ()) -> ImageRequest:
        """Do the same with the options that the model takes, and all options to `keep`. Raises UsageError, NoModel."""
        fitting = dict(options)
        while True:
            try:
                return self.resolve(fitting)
            except (BadValue, OptionNotTaken) as error:
                if error.option in keep:
                    raise
                unfit = fitting.pop(error.option)
                if error.option == "size" and "x" in unfit:
                    fitting["size"] = unfit.replace("x", ":")  # at least its shape

    def price(self, model: str) -> Price | None:
        """Return a model's price on the live list, or None."""
        offered = self._offered.get(model)
        return offered.price if offered else None

    def usd(self, model: str) -> float | None:
        """Return about what one image of a model costs, with its usual options; None if that isn't known."""
        return usd_of_default_image(image_model(model), self.price(model))

    def cost(self, request: ImageRequest, images: int) -> float | None:
        """Return about what images of a request cost, in USD; None if there is no price, or only one by quality."""
        model, price = image_model(request.model), self.price(request.model)
        by_quality = price is not None and price.unit != PER_IMAGE
        if by_quality and request.quality not in {None, model.default_quality}:
            return None
        usd = usd_of_default_image(model, price)
        return None if usd is None else usd * images

    def price_of_default(self) -> float | None:
        """Return what an image of the default model costs with its default options, in USD, or None."""
        return self.usd(self.default)

    def choices(self, option: str, model: str | None = None) -> tuple[str, ...]:
        """Return the values to offer for an option: those of `model` (spelled loosely), or of all, the default's first.

        Empty for a model that may not be chosen, or that has no such option.
        """
        if option == "model":
            return self.names()
        return tuple(dict.fromkeys(value for each in self._chosen(model) for value in choices(each, option)))

    def accepts(self, model: str, option: str, value: str) -> bool:
        """Return whether a model takes a value of an option, also one that isn't offered."""
        try:
            check(self.model(model), {option: value})
        except (UsageError, NoModel):
            return False
        return True

    def completions(self, option: str, model: str | None = None) -> Mapping[str, str]:
        """Return the values to offer while an option is typed, each with its size if that has another name.

        They are the values of `model` (spelled loosely). If no model is named, they are the default's; if that has
        no values, they are the values of all other models, since a model may still be typed. Empty as with `choices`.
        """
        if option == "model":
            return dict.fromkeys(self.names(), "")
        default, *others = [completions(each, option) for each in self._chosen(model)] or [{}]
        return default or {value: size for each in others for value, size in each.items()}

    def description(self, model: str) -> str:
        """Return what to choose a model for, as a marked text; an empty one for a model that no table knows."""
        return image_model(model).description

    def takes(self, model: str) -> tuple[str, ...]:
        """Return the names of the options that a model has. Raises UnknownModel."""
        return self.model(model).takes

    def _chosen(self, model: str | None) -> Sequence[ImageModel]:
        """Return the named model, or nothing if it may not be chosen. Without a name, return all, the default first."""
        try:
            return [self.model(model)] if model else [image_model(name) for name in self.names()]
        except (UnknownModel, NoModel):
            return ()

    def _available(self) -> tuple[str, ...]:
        """Return the models both offered and allowed. If no model is, allowed ones may be offered without a word.

        But none that is offered elsewhere: the images endpoint doesn't know it.
        """
        offered = [name for name in self._offered if name not in self._elsewhere]
        if not self._allowed:
            return tuple(offered)
        both = tuple(name for name in offered if name in self._allowed)
        return both or tuple(name for name in self._allowed if name not in self._elsewhere)

    def _current(self, names: Iterable[str]) -> Sequence[str]:
        """Return the models that aren't retired yet."""
        today = self._clock.now().date()
        ends = ((name, self.ends_on(name)) for name in names)
        return [name for name, end in ends if end is None or today < end]


def _letters(name: str) -> str:
    """Reduce a name to the part that people spell correctly: letters and digits."""
    return re.sub(r"[\W_]+", "", name).casefold()


def _spelled(name: str) -> str:
    """Return a known model's name as the API spells it, or any other name as the operator wrote it."""
    return next((known for known in KNOWN if _letters(known) == _letters(name)), name)
