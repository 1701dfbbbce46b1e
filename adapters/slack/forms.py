"""The one form: a prompt and its options, for a new command, and for another prompt of an earlier job. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bot.core.commands import IMAGINE
from bot.core.image import Offer
from bot.core.language import Language
from bot.core.language.labels import model_label
from bot.core.message import marked
from bot.core.replies import Code, Line, plain

NEW, EDIT = "imagine-new", "imagine-edit"
PROMPT, MODEL, SIZE, IMAGES = "prompt", "model", "size", "n"
MODEL_CHOSEN, MORE_PRESSED = "imagine-model", "imagine-more"
AS_THE_MODEL_LIKES = "-"
"""The choice of no ratio. A radio button that was chosen can't be unchosen."""

# https://docs.slack.dev/reference/views and …/block-kit: Slack's maximum of each
_MAX_TITLE, _MAX_INPUT, _MAX_OPTIONS, _MAX_OPTION, _MAX_HINT, _MAX_ALERT = 24, 3000, 100, 75, 150, 3000

_OPTIONS = {option.name: option for option in IMAGINE.options if not option.instead_of}
_MORE = ("quality", "style", "background", "output_format")
_COUNTS = ("1", "2", "4", "10")
_SHAPES = {"square": marked("Square"), "landscape": marked("Landscape"), "portrait": marked("Portrait")}
_RATIO, _RATIOS = "ar", ("16:9", "9:16")

_ALERT, _DROPPED, _MORE_OPTIONS = "alert", "dropped", "more"

Block = dict[str, Any]
Choices = Callable[[str, str | None], tuple[str, ...]]
"""The type of `Bot.choices`: the values of an option, for a model."""
Accepts = Callable[[str, str, str], bool]
"""The type of `Bot.accepts`: whether a model takes a value of an option."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What is filled in: the prompt, and the options by name. If the model isn't offered, a form shows another."""

    prompt: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    more: bool = False
    """Whether all options are shown."""

    @property
    def needs_more(self) -> bool:
        """Whether something is chosen that only *More options* shows."""
        return any(self.options.get(name) for name in _MORE)


class Offered(NamedTuple):
    """What can be chosen: the models, and the values that each of them takes."""

    models: Sequence[Offer]
    choices: Choices
    accepts: Accepts

    def model(self, wanted: str) -> str:
        """Return the model itself if it is offered, else the first offered one."""
        names = [offer.name for offer in self.models]
        return wanted if wanted in names else next(iter(names), wanted)

    def values(self, option: str, model: str) -> tuple[str, ...]:
        """Return the values of an option that the form offers for a model."""
        if option == IMAGES:
            return _COUNTS
        taken = self.choices(option, model)
        if option != SIZE:
            return taken
        possible = self.choices(_RATIO, model)
        return tuple(value for value in (*_SHAPES, *_RATIOS) if value in taken or value in possible)

    def dropped(self, filled: Filled, model: str) -> Sequence[str]:
        """Return the chosen values that a model doesn't take."""
        others = ((name, value) for name, value in filled.options.items() if name != MODEL and value)
        return [value for name, value in others if not self.accepts(model, name, value)]


def drawing(
    texts: Language,
    offered: Offered,
    filled: Filled,
    *,
    title: str,
    metadata: str,
    callback: str = NEW,
    dropped: Sequence[str] = (),
    directly: bool = False,
) -> Block:
    """Return the form. Choosing another model, or pressing *More options*, requests it again.

    `directly`: it was opened where there is no channel, and the images are sent directly.
    """
    model = offered.model(filled.options.get(MODEL, ""))
    choices = [_models(texts, offered.models, model), _dropped(texts, model, dropped)]
    choices += [_size(texts, offered, filled, model), _images(texts, filled, model)]
    more = [each for name in _MORE if (each := _select(texts, offered, filled, name, model))]
    return {
        "type": "modal",
        "callback_id": callback,
        "title": _plain(title, _MAX_TITLE),
        "submit": _plain(texts.label("Draw"), _MAX_TITLE),
        "close": _plain(texts.label("Cancel"), _MAX_TITLE),
        "private_metadata": metadata,
        "blocks": [
            _prompt(texts, filled.prompt, directly=directly),
            *filter(None, choices),
            *(more if filled.more else [_more_options(texts)] if more else []),
        ],
    }


def with_alert(view: Mapping[str, Any], why: Sequence[Line]) -> Block:
    """Return a form that was sent, as it was filled in, with an alert on top: the mistake is in no field of it."""
    kept = ("type", "callback_id", "title", "submit", "close", "private_metadata")
    values = (view.get("state") or {}).get("values") or {}
    blocks = [_filled(block, values.get(block.get("block_id")) or {}) for block in view["blocks"]]
    text = _plain(plain(tuple(why)), _MAX_ALERT)
    alert = {"type": "alert", "block_id": _ALERT, "level": "error", "text": text}
    return {
        **{name: view[name] for name in kept if view.get(name)},
        "blocks": [alert, *(block for block in blocks if block.get("block_id") != _ALERT)],
    }


def has_more(view: Mapping[str, Any]) -> bool:
    """Return whether a form shows the options that *More options* adds: one of the release before always does."""
    return any(str(block.get("block_id")).partition(":")[0] in _MORE for block in view.get("blocks", ()))


def field_of(view: Mapping[str, Any], option: str) -> str | None:
    """Return the block of a form in which an option is chosen."""
    values = (view.get("state") or {}).get("values") or {}
    return next((block for block in values if block.partition(":")[0] == option), None)


def _prompt(texts: Language, prompt: str, *, directly: bool) -> Block:
    """Ask for the prompt. One over Slack's 3,000 characters is shortened, with a hint."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": PROMPT,
        "multiline": True,
        "min_length": 1,
        "max_length": _MAX_INPUT,
        "focus_on_load": True,
    }
    if prompt:
        element["initial_value"] = prompt[:_MAX_INPUT]
    block: Block = {"type": "input", "block_id": PROMPT, "label": _plain(texts.label("Prompt")), "element": element}
    if len(prompt) > _MAX_INPUT:
        block["hint"] = _plain(
            texts.label("The prompt was longer than a form takes; its end is missing here."), _MAX_HINT
        )
    elif directly:
        block["hint"] = _plain(texts.label("I'll send you the images in a direct message."), _MAX_HINT)
    return block


def _models(texts: Language, models: Sequence[Offer], chosen: str) -> Block | None:
    fitting = [offer for offer in models if len(offer.name) <= _MAX_OPTION]
    shown = fitting[:_MAX_OPTIONS]
    if chosen not in {offer.name for offer in shown}:
        shown = [*shown[: _MAX_OPTIONS - 1], *(offer for offer in fitting if offer.name == chosen)]
    options = [_model(texts, offer) for offer in shown]
    if not options:
        return None
    element: Block = {"type": "static_select", "action_id": MODEL_CHOSEN, "options": options}
    return {**_input(texts, MODEL, MODEL, _starting(element, chosen)), "dispatch_action": True}


def _model(texts: Language, offer: Offer) -> Block:
    label = model_label(texts, offer.name, usd=offer.usd, seconds=offer.seconds, most=_MAX_OPTION)
    choice = {"text": _plain(label), "value": offer.name}
    return {**choice, "description": _plain(texts.label(offer.description))} if offer.description else choice


def _dropped(texts: Language, model: str, values: Sequence[str]) -> Block | None:
    if not values:
        return None
    said = texts.say_counted(
        "{model} doesn't take {values}, so that is no longer chosen.",
        "{model} doesn't take {values}, so these are no longer chosen.",
        len(values),
        model=Code(model),
        values=texts.together([Code(value) for value in values]),
    )
    return {"type": "section", "block_id": _DROPPED, "text": _plain(plain((said,)), _MAX_ALERT)}


def _size(texts: Language, offered: Offered, filled: Filled, model: str) -> Block | None:
    values, earlier = offered.values(SIZE, model), filled.options.get(SIZE, "")
    if earlier and earlier not in values and offered.accepts(model, SIZE, earlier):
        values = (*values, earlier)
    if not values:
        return None
    free = {"text": _plain(texts.label("As the model likes")), "value": AS_THE_MODEL_LIKES}
    labels = {value: texts.label(_SHAPES[value]) if value in _SHAPES else value for value in values}
    options = [free, *({"text": _plain(label), "value": value} for value, label in labels.items())]
    element = {"type": "radio_buttons", "action_id": "choice", "options": options}
    element = _starting(element, earlier if earlier in values else AS_THE_MODEL_LIKES)
    return {**_input(texts, SIZE, f"{SIZE}:{model}", element, hinted=False), "label": _plain(texts.label("Ratio"))}


def _images(texts: Language, filled: Filled, model: str) -> Block:
    asked = filled.options.get(IMAGES) or _COUNTS[0]
    counts = sorted({*_COUNTS, *([asked] if asked.isdecimal() and len(asked) <= 2 else [])}, key=int)
    options = [{"text": _plain(count), "value": count} for count in counts]
    element = {"type": "static_select", "action_id": "choice", "options": options}
    return _input(texts, IMAGES, f"{IMAGES}:{model}", _starting(element, asked), hinted=False)


def _select(texts: Language, offered: Offered, filled: Filled, name: str, model: str) -> Block | None:
    values = [value for value in offered.values(name, model)[:_MAX_OPTIONS] if len(value) <= _MAX_OPTION]
    if not values:
        return None
    options = [{"text": _plain(value), "value": value} for value in values]
    element = {"type": "static_select", "action_id": "choice", "options": options}
    return _input(texts, name, f"{name}:{model}", _starting(element, filled.options.get(name, "")))


def _input(texts: Language, name: str, block_id: str, element: Block, *, hinted: bool = True) -> Block:
    """Return a control. A block's id contains the model: Slack keeps what is chosen in a block with the same id.

    It would do so even if the other model had no such value.
    """
    option = _OPTIONS[name]
    hint = {"hint": _plain(texts.label(option.description), _MAX_HINT)} if hinted else {}
    label = _plain(texts.label(option.label))
    return {"type": "input", "block_id": block_id, "optional": True, "label": label, **hint, "element": element}


def _starting(element: Block, value: str) -> Block:
    first = next((option for option in element["options"] if option["value"] == value), None)
    return {**element, "initial_option": first} if first else element


def _more_options(texts: Language) -> Block:
    button = {"type": "button", "action_id": MORE_PRESSED, "text": _plain(texts.label("More options"))}
    return {"type": "actions", "block_id": _MORE_OPTIONS, "elements": [button]}


def _filled(block: Block, state: Mapping[str, Any]) -> Block:
    """Return a block of a form as it was filled in."""
    element = block.get("element")
    if not element or element.get("action_id") not in state:
        return block
    known = {name: value for name, value in element.items() if name not in {"initial_value", "initial_option"}}
    now = state[element["action_id"]]
    given = {"initial_value": now.get("value"), "initial_option": now.get("selected_option")}
    return {**block, "element": {**known, **{name: value for name, value in given.items() if value}}}


def _plain(text: str, limit: int = _MAX_OPTION) -> Block:
    return {"type": "plain_text", "text": text[:limit], "emoji": False}
