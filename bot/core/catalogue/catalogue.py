"""The catalogue: which models may be chosen now, their prices, and requests that are checked against them."""

import logging
import re
from collections.abc import Mapping, Sequence

from bot.core.catalogue.models import KNOWN, ImageModel, image_model
from bot.core.catalogue.options import check, choices, completions
from bot.core.errors import EmptyPrompt, UnknownModel
from bot.core.model import ImageRequest, OfferedModel, Price
from bot.core.visible import is_blank

logger = logging.getLogger(__name__)


class Catalogue:
    """The models that may be chosen: the gateway's live list once it is known, the built-in table until then."""

    def __init__(self, *, default: str, preference: Sequence[str] = (), allowed: Sequence[str] = ()) -> None:
        self._configured = _spelled(default)
        self._preference = tuple(_spelled(name) for name in preference)
        self._allowed = tuple(_spelled(name) for name in allowed)
        built_in = dict.fromkeys((self._configured, *self._preference, *self._allowed, *KNOWN))
        self._offered = {name: OfferedModel(name=name) for name in built_in}
        self._warned = ""

    def update(self, offered: Sequence[OfferedModel]) -> None:
        """Replace the list with the live one. An empty list is a fault of the gateway, and changes nothing."""
        if not offered:
            logger.warning("the gateway's list has no image model; keeping the one before")
            return
        self._offered = {model.name: model for model in offered}
        instead = self.default
        if instead not in {self._configured, self._warned}:
            logger.warning("DEFAULT_MODEL %s is not offered; using %s", self._configured, instead)
        self._warned = instead

    @property
    def default(self) -> str:
        """The model for a command without one: the configured, else the first preferred, else the first available."""
        available = self._available()
        wanted = (self._configured, *self._preference)
        return next((name for name in wanted if name in available), available[0])

    @property
    def configured_default(self) -> str:
        """The operator's `DEFAULT_MODEL`. `default` differs from it while that model is not offered."""
        return self._configured

    def names(self) -> tuple[str, ...]:
        """Return the models that may be chosen: the default first, then the preferred ones, then the rest."""
        available = self._available()
        preferred = (name for name in self._preference if name in available)
        return tuple(dict.fromkeys((self.default, *preferred, *available)))

    def model(self, name: str) -> ImageModel:
        """Return a model that may be chosen, even if spelled loosely (`DALL·E 3`). Raises UnknownModel."""
        names = self.names()
        if name in names:
            return image_model(name)
        alike = [each for each in names if _letters(each) == _letters(name)]
        if len(alike) != 1:
            raise UnknownModel(name, names)
        return image_model(alike[0])

    def resolve(self, options: Mapping[str, str]) -> ImageRequest:
        """Turn typed options into a request that the model accepts. Raises UsageError, before anything is spent."""
        if is_blank(options.get("prompt", "")):
            raise EmptyPrompt
        named = options.get("model", "").strip()
        return check(self.model(named or self.default), options)

    def price(self, model: str) -> Price | None:
        """Return a model's price on the live list, or None."""
        offered = self._offered.get(model)
        return offered.price if offered else None

    def choices(self, option: str, model: str | None = None) -> tuple[str, ...]:
        """Return the values to offer for an option: those of `model` (spelled loosely), or of all, the default's first.

        Empty for a model that may not be chosen, or that has no such option.
        """
        if option == "model":
            return self.names()
        return tuple(dict.fromkeys(value for each in self._chosen(model) for value in choices(each, option)))

    def completions(self, option: str, model: str | None = None) -> Mapping[str, str]:
        """Return the values to offer while an option is typed, each with the size that it stands for, if it is another.

        They are those of `model` (spelled loosely). If none is named they are the default's, or else, as it may still
        be named, those of all others. Empty as with `choices`.
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
        """Return the model, or none if it may not be chosen; all models, the default first, if none is named."""
        try:
            return [self.model(model)] if model else [image_model(name) for name in self.names()]
        except UnknownModel:
            return ()

    def _available(self) -> tuple[str, ...]:
        """Return the models both offered and allowed. If there are none, return all allowed ones; never empty."""
        if not self._allowed:
            return tuple(self._offered)
        return tuple(name for name in self._offered if name in self._allowed) or self._allowed


def _letters(name: str) -> str:
    """Reduce a name to the part that people spell correctly: letters and digits."""
    return re.sub(r"[\W_]+", "", name).casefold()


def _spelled(name: str) -> str:
    """Return a known model's name as the API spells it, or any other name as the operator wrote it."""
    return next((known for known in KNOWN if _letters(known) == _letters(name)), name)
