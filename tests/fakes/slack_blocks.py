"""Block Kit, checked as strictly as Slack does: https://docs.slack.dev/reference/block-kit."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.fakes.slack_world import World, media_type

Json = dict[str, Any]
Errors = Iterator[str]

_FILE_ID = re.compile(r"^F[A-Z0-9]{8,}$")
_SHOWABLE = {"image/png", "image/jpeg", "image/gif"}
_OF_BUTTON = {"action_id", "text", "value", "style", "url", "confirm", "accessibility_label"}
_IN_MESSAGES = {"rich_text", "image", "actions", "divider", "section", "context", "context_actions"}
_STYLES = {"bold", "italic", "strike", "code", "underline", "highlight", "client_highlight"}


def message_errors(blocks: object, world: World, *, ephemeral: bool = False) -> list[str]:
    """Return what is wrong with a message's blocks, in Slack's words as far as they are known."""
    if not isinstance(blocks, list):
        return ["blocks must be an array"]
    if len(blocks) > 50:
        return ["no more than 50 items allowed [json-pointer:/blocks]"]
    return [*_each(blocks, world, {*_IN_MESSAGES}), *_unique(blocks, ephemeral)]


def view_errors(view: object, world: World) -> list[str]:
    """Return what is wrong with a modal."""
    if not isinstance(view, dict):
        return ["view must be an object"]
    known = {"type", "callback_id", "title", "submit", "close", "private_metadata", "blocks", "notify_on_close"}
    errors = [f"invalid additional property: {name}" for name in view.keys() - known]
    if view.get("type") != "modal":
        errors.append("invalid type")
    for name in ("title", *({"submit", "close"} & view.keys())):  # https://docs.slack.dev/reference/views/modal-views
        errors += _text(view.get(name), 24, f"/view/{name}", plain=True)
    if len(view.get("private_metadata", "")) > 3000:
        errors.append("must be less than 3001 characters [json-pointer:/view/private_metadata]")
    blocks = view.get("blocks", [])
    if not 1 <= len(blocks) <= 100:
        errors.append("between 1 and 100 blocks [json-pointer:/view/blocks]")
    errors += _each(blocks, world, {"input", "section", "divider", "actions", "rich_text", "alert"})
    if any(block.get("type") == "input" for block in blocks) and not view.get("submit"):
        errors.append("submit is required with input blocks")
    return [*errors, *_unique(blocks, ephemeral=False)]


def _each(blocks: list[Json], world: World, allowed: set[str]) -> Errors:
    for place, block in enumerate(blocks):
        pointer = f"/blocks/{place}"
        kind = block.get("type")
        if kind not in allowed:
            yield f"unsupported type: {kind} [json-pointer:{pointer}]"
            continue
        if len(block.get("block_id", "")) > 255:
            yield f"block_id too long [json-pointer:{pointer}]"
        yield from _BLOCKS[kind](block, world, pointer)


def _unique(blocks: list[Json], ephemeral: bool) -> Errors:
    ids = [block["block_id"] for block in blocks if block.get("block_id")]
    if len(ids) != len(set(ids)):
        yield "block_id must be unique"
    if ephemeral and any("slack_file" in block for block in blocks):
        yield "files can't be in ephemeral messages"


def _no_others(block: Json, known: set[str], pointer: str) -> Errors:
    for name in block.keys() - known - {"type", "block_id"}:
        yield f"invalid additional property: {name} [json-pointer:{pointer}]"


def _text(text: object, limit: int, pointer: str, *, plain: bool) -> Errors:
    if not isinstance(text, dict) or not isinstance(text.get("text"), str):
        yield f"missing required field: text [json-pointer:{pointer}]"
        return
    if plain and text.get("type") != "plain_text":
        yield f"must be plain_text [json-pointer:{pointer}]"
    if not 1 <= len(text["text"]) <= limit:
        yield f"must be between 1 and {limit} characters [json-pointer:{pointer}/text]"


def _rich_text(block: Json, world: World, pointer: str) -> Errors:
    del world
    yield from _no_others(block, {"elements"}, pointer)
    if not block.get("elements"):
        yield f"missing required field: elements [json-pointer:{pointer}]"
    for section in block.get("elements", []):
        if section.get("type") != "rich_text_section" or not section.get("elements"):
            yield f"invalid section [json-pointer:{pointer}]"
        for element in section.get("elements", []):
            yield from _rich_element(element, pointer)


def _rich_element(element: Json, pointer: str) -> Errors:
    fields: dict[str, dict[str, type]] = {
        "text": {"text": str},
        "link": {"url": str},
        "date": {"timestamp": int, "format": str},
        "user": {"user_id": str},
        "broadcast": {"range": str},
    }
    kind = element.get("type", "")
    if kind not in fields:
        yield f"unsupported rich text element: {kind} [json-pointer:{pointer}]"
        return
    for name, wanted in fields[kind].items():
        if not isinstance(element.get(name), wanted) or element[name] == "":
            yield f"missing required field: {name} [json-pointer:{pointer}]"
    yield from _no_others(element, {*fields[kind], "style", "text", "fallback"}, pointer)
    if set(element.get("style", {})) - _STYLES:
        yield f"invalid style [json-pointer:{pointer}]"
    if kind == "text" and len(element.get("text", "")) > 3000:
        yield f"must be less than 3001 characters [json-pointer:{pointer}]"
    if kind == "date" and not re.search(r"{(ago|date\w*|time\w*)}", element.get("format", "")):
        yield f"invalid date format [json-pointer:{pointer}]"


def _image(block: Json, world: World, pointer: str) -> Errors:
    yield from _no_others(block, {"alt_text", "slack_file", "image_url", "title"}, pointer)
    if not 1 <= len(block.get("alt_text", "")) <= 2000:
        yield f"missing required field: alt_text [json-pointer:{pointer}/alt_text]"
    if ("slack_file" in block) == ("image_url" in block):
        yield f"exactly one of image_url, slack_file [json-pointer:{pointer}]"
        return
    named = block.get("slack_file", {})
    if len(named) != 1 or not _FILE_ID.match(str(named.get("id"))):
        yield f"invalid slack file [json-pointer:{pointer}/slack_file]"
        return
    file = world.files.get(named["id"])
    if file is None or not world.is_showable(file) or media_type(file.data) not in _SHOWABLE:
        yield f"invalid slack file [json-pointer:{pointer}/slack_file]"


def _actions(block: Json, world: World, pointer: str) -> Errors:
    yield from _no_others(block, {"elements"}, pointer)
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= 25:
        yield f"between 1 and 25 elements [json-pointer:{pointer}]"
    names = [element.get("action_id") for element in elements]
    if len(names) != len(set(names)):
        yield f"action_id must be unique [json-pointer:{pointer}]"
    for element in elements:
        yield from _element(element, world, f"{pointer}/elements", {"button", "static_select"})


def _context_actions(block: Json, world: World, pointer: str) -> Errors:
    """https://docs.slack.dev/reference/block-kit/blocks/context-actions-block"""
    if not world.knows_icons:
        yield f"unsupported type: context_actions [json-pointer:{pointer}]"
        return
    yield from _no_others(block, {"elements"}, pointer)
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= 5:
        yield f"between 1 and 5 elements [json-pointer:{pointer}]"
    for element in elements:
        yield from _element(element, world, f"{pointer}/elements", {"icon_button"})


def _section(block: Json, world: World, pointer: str) -> Errors:
    del world
    yield from _no_others(block, {"text", "fields", "accessory"}, pointer)
    yield from _text(block.get("text"), 3000, pointer, plain=False)


def _context(block: Json, world: World, pointer: str) -> Errors:
    del world
    yield from _no_others(block, {"elements"}, pointer)
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= 10:
        yield f"between 1 and 10 elements [json-pointer:{pointer}]"
    for element in elements:
        if element.get("type") not in {"plain_text", "mrkdwn"}:
            yield f"unsupported element: {element.get('type')} [json-pointer:{pointer}]"
        yield from _text(element, 3000, f"{pointer}/elements", plain=False)


def _input(block: Json, world: World, pointer: str) -> Errors:
    yield from _no_others(block, {"label", "element", "hint", "optional", "dispatch_action"}, pointer)
    yield from _text(block.get("label"), 2000, f"{pointer}/label", plain=True)
    if "hint" in block:
        yield from _text(block["hint"], 2000, f"{pointer}/hint", plain=True)
    yield from _element(
        block.get("element", {}), world, pointer, {"plain_text_input", "static_select", "radio_buttons"}
    )


def _element(element: Json, world: World, pointer: str, allowed: set[str]) -> Errors:
    del world
    kind = element.get("type", "")
    if kind not in allowed:
        yield f"unsupported element: {kind} [json-pointer:{pointer}]"
        return
    if not 1 <= len(element.get("action_id", "")) <= 255:
        yield f"action_id [json-pointer:{pointer}]"
    yield from _ELEMENTS[kind](element, pointer)


def _button(element: Json, pointer: str) -> Errors:
    yield from _no_others(element, {*_OF_BUTTON}, pointer)
    if len(element.get("accessibility_label", "")) > 75:
        yield f"must be less than 76 characters [json-pointer:{pointer}/accessibility_label]"
    yield from _text(element.get("text"), 75, pointer, plain=True)
    if len(element.get("value", "")) > 2000:
        yield f"value too long [json-pointer:{pointer}]"
    yield from _confirm(element, pointer)


def _icon_button(element: Json, pointer: str) -> Errors:
    """https://docs.slack.dev/reference/block-kit/block-elements/icon-button-element"""
    known = {"action_id", "icon", "text", "value", "confirm", "accessibility_label", "visible_to_user_ids"}
    yield from _no_others(element, known, pointer)
    if element.get("icon") != "trash":
        yield f"icon must be trash [json-pointer:{pointer}]"
    yield from _text(element.get("text"), 75, pointer, plain=True)
    if len(element.get("accessibility_label", "")) > 75 or len(element.get("value", "")) > 2000:
        yield f"too long [json-pointer:{pointer}]"
    if not 1 <= len(element.get("visible_to_user_ids", [""])) <= 10:
        yield f"visible_to_user_ids [json-pointer:{pointer}]"
    yield from _confirm(element, pointer)


def _confirm(element: Json, pointer: str) -> Errors:
    """https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object"""
    if "confirm" in element:
        confirm = element["confirm"]
        yield from _no_others(confirm, {"title", "text", "confirm", "deny", "style"}, pointer)
        for name, limit in {"title": 100, "text": 300, "confirm": 30, "deny": 30}.items():
            yield from _text(confirm.get(name), limit, f"{pointer}/confirm/{name}", plain=True)


def _select(element: Json, pointer: str) -> Errors:
    yield from _no_others(element, {"action_id", "options", "initial_option", "placeholder"}, pointer)
    yield from _placeholder(element, pointer)
    yield from _options(element, pointer, most=100)


def _radio(element: Json, pointer: str) -> Errors:
    yield from _no_others(element, {"action_id", "options", "initial_option"}, pointer)
    yield from _options(element, pointer, most=10)


def _options(element: Json, pointer: str, *, most: int) -> Errors:
    options = element.get("options", [])
    if not 1 <= len(options) <= most:
        yield f"between 1 and {most} options [json-pointer:{pointer}]"
    if len({option.get("value") for option in options}) != len(options):
        yield f"options must have unique values [json-pointer:{pointer}]"
    for option in options:
        yield from _text(option.get("text"), 75, pointer, plain=True)
        yield from _no_others(option, {"text", "value", "description"}, pointer)
        if "description" in option:
            yield from _text(option["description"], 75, pointer, plain=True)
        if not 1 <= len(option.get("value", "")) <= 150:
            yield f"option value [json-pointer:{pointer}]"
    if "initial_option" in element and element["initial_option"] not in options:
        yield f"initial_option must be one of the options [json-pointer:{pointer}]"


def _text_input(element: Json, pointer: str) -> Errors:
    known = {"action_id", "multiline", "min_length", "max_length", "initial_value", "focus_on_load", "placeholder"}
    yield from _no_others(element, known, pointer)
    yield from _placeholder(element, pointer)
    if not 1 <= element.get("max_length", 3000) <= 3000 or len(element.get("initial_value", "")) > 3000:
        yield f"must be less than 3001 characters [json-pointer:{pointer}]"


def _placeholder(element: Json, pointer: str) -> Errors:
    if "placeholder" in element:
        yield from _text(element["placeholder"], 150, f"{pointer}/placeholder", plain=True)


def _divider(block: Json, world: World, pointer: str) -> Errors:
    del world
    yield from _no_others(block, set(), pointer)


def _alert(block: Json, world: World, pointer: str) -> Errors:
    """Check the block that is for modals alone: https://docs.slack.dev/reference/block-kit/blocks/alert-block."""
    del world
    yield from _no_others(block, {"text", "level"}, pointer)
    yield from _text(block.get("text"), 3000, f"{pointer}/text", plain=False)
    if block.get("level") not in {None, "default", "info", "warning", "error", "success"}:
        yield f"invalid level [json-pointer:{pointer}/level]"


_BLOCKS: dict[str, Callable[[Json, World, str], Errors]] = {
    "rich_text": _rich_text,
    "image": _image,
    "actions": _actions,
    "divider": _divider,
    "section": _section,
    "context": _context,
    "context_actions": _context_actions,
    "input": _input,
    "alert": _alert,
}
_ELEMENTS: dict[str, Callable[[Json, str], Errors]] = {
    "button": _button,
    "icon_button": _icon_button,
    "static_select": _select,
    "radio_buttons": _radio,
    "plain_text_input": _text_input,
}
