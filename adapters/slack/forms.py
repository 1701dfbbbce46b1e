"""The modals: for a new command with its options, and for another prompt of an earlier job. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.core.commands import IMAGINE
from bot.core.language import Language
from bot.core.replies import Form

NEW, EDIT = "imagine-new", "imagine-edit"
PROMPT, MODEL = "prompt", "model"
MODEL_CHOSEN = "imagine-model"

# https://docs.slack.dev/reference/views and …/block-kit/block-elements: Slack's maximum of each
_MAX_TITLE, _MAX_INPUT, _MAX_OPTIONS, _MAX_OPTION, _MAX_HINT = 24, 3000, 100, 75, 150

_OPTIONS = {option.name: option for option in IMAGINE.options if not option.instead_of}

Block = dict[str, Any]
Choices = Callable[[str, str | None], tuple[str, ...]]
"""The type of `Bot.choices`: the values of an option, for a model."""
Describe = Callable[[str], str]
"""The type of `Bot.description`: what to choose a model for."""


def new_command(texts: Language, choices: Choices, describe: Describe, *, model: str, metadata: str) -> Block:
    """Return the modal for a prompt and the options of `model`. Choosing another model requests a new view."""
    form = Form(title=texts.label("Draw an image"), label=texts.label("Prompt"), submit=texts.label("Draw"))
    view = edit_prompt(form, texts, metadata=metadata)
    names = choices(MODEL, None)
    described = {name: texts.label(describe(name)) for name in names if describe(name)}
    chosen = _select(MODEL, texts, names, action_id=MODEL_CHOSEN, initial=model, described=described)
    others = [name for name in _OPTIONS if name not in {PROMPT, MODEL}]
    # A block's id contains the model: Slack keeps the choice in a block with the same id, even if the other model
    # has no such value.
    rest = [_select(f"{name}:{model}", texts, choices(name, model)) for name in others]
    return {
        **view,
        "callback_id": NEW,
        "blocks": [*view["blocks"], *([{**chosen, "dispatch_action": True}] if chosen else []), *filter(None, rest)],
    }


def edit_prompt(form: Form, texts: Language, *, metadata: str) -> Block:
    """Return the modal for another prompt. Prompts over Slack's 3,000 characters are shortened, with a hint."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": PROMPT,
        "multiline": True,
        "min_length": 1,
        "max_length": min(form.max_length, _MAX_INPUT),
        "focus_on_load": True,
    }
    if form.prompt:
        element["initial_value"] = form.prompt[:_MAX_INPUT]
    block: Block = {"type": "input", "block_id": PROMPT, "label": _plain(form.label), "element": element}
    if len(form.prompt) > _MAX_INPUT:
        block["hint"] = _plain(
            texts.label("The prompt was longer than a form takes; its end is missing here."), _MAX_HINT
        )
    return {
        "type": "modal",
        "callback_id": EDIT,
        "title": _plain(form.title, _MAX_TITLE),
        "submit": _plain(form.submit, _MAX_TITLE),
        "close": _plain(texts.label("Cancel"), _MAX_TITLE),
        "private_metadata": metadata,
        "blocks": [block],
    }


def _select(
    block_id: str,
    texts: Language,
    values: tuple[str, ...],
    *,
    action_id: str = "choice",
    initial: str = "",
    described: Mapping[str, str] | None = None,
) -> Block | None:
    options = [_choice(value, described or {}) for value in values[:_MAX_OPTIONS] if len(value) <= _MAX_OPTION]
    if not options:
        return None
    option = _OPTIONS[block_id.partition(":")[0]]
    element: Block = {"type": "static_select", "action_id": action_id, "options": options}
    first = next((option for option in options if option["value"] == initial), None)
    if first:
        element["initial_option"] = first
    return {
        "type": "input",
        "block_id": block_id,
        "optional": True,
        "label": _plain(texts.label(option.label)),
        "hint": _plain(texts.label(option.description), _MAX_HINT),
        "element": element,
    }


def _choice(value: str, described: Mapping[str, str]) -> Block:
    choice = {"text": _plain(value), "value": value}
    return {**choice, "description": _plain(described[value])} if value in described else choice


def _plain(text: str, limit: int = _MAX_OPTION) -> Block:
    return {"type": "plain_text", "text": text[:limit], "emoji": False}
