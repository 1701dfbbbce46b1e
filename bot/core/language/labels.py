"""The labels of buttons, and of models to choose from."""

from collections.abc import Mapping

from bot.core.language.language import Language
from bot.core.message import Message, marked, message
from bot.core.model import Action

_MINUTE = 60

ACTIONS: Mapping[Action, str] = {
    Action.AGAIN: marked("Again"),
    Action.EDIT: marked("Edit prompt"),
    Action.CANCEL: marked("Cancel"),
    Action.STOP: marked("Stop"),
    Action.SHOW: marked("Show images"),
    Action.SHOW_HERE: marked("Show here"),
    Action.SHOW_ALL: marked("Show all"),
    Action.SHOW_AGAIN: marked("Show again"),
    Action.SHARE: marked("Share"),
    Action.DELETE: marked("Delete"),
    Action.PAGE: marked("More"),
    Action.JOIN: marked("Join and draw"),
    Action.DIRECTLY: marked("Draw in a direct message"),
    Action.TRY_AGAIN: marked("Try again"),
    Action.UNCLEAR: marked("Unknown"),
}


def model_label(texts: Language, model: str, *, usd: float | None, seconds: float | None, most: int) -> str:
    """Return a model's name with about what an image costs and how long it takes, as far as that is known and fits.

    A name that is longer than `most` characters is returned whole.
    """
    price = None if usd is None else texts.dollars(usd)
    labels = [model, *map(texts.text, _described(model, price, None if seconds is None else _lasts(seconds)))]
    return next((label for label in reversed(labels) if len(label) <= most), model)


def _described(model: str, price: str | None, lasts: Message | None) -> list[Message]:
    """Return what can be said of a model, the most last."""
    said = []
    if lasts:
        said.append(message("{model} · about {duration}", model=model, duration=lasts))
    if price:
        said.append(message("{model} · {price} an image", model=model, price=price))
    if lasts and price:
        said.append(message("{model} · {price} an image · about {duration}", model=model, price=price, duration=lasts))
    return said


def _lasts(seconds: float) -> Message:
    if seconds < 1.5 * _MINUTE:
        return message("{seconds} s", seconds=max(5, round(seconds / 5) * 5))
    return message("{minutes} min", minutes=round(seconds / _MINUTE))
