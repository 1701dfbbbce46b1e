"""Turn replies into what Discord shows: text, buttons, pictures, forms. Pure."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Any, assert_never

import discord

from adapters.discord import NAME
from adapters.discord.parse import FORM, KEEP_FIELD, PROMPT_FIELD
from bot.core.model import Action
from bot.core.replies import (
    Button,
    Code,
    Confirmation,
    Form,
    Line,
    Link,
    Person,
    Picture,
    Reply,
    Shown,
    Span,
    Strong,
    Timestamp,
    UserText,
)

# https://docs.discord.com/developers/resources/message#create-message
MAX_CONTENT = 2000
MAX_FILES = 10
MAX_ALT = 1024
# https://docs.discord.com/developers/components/reference
_MAX_ROWS, _MAX_IN_ROW, _MAX_LABEL, _MAX_TITLE, _MAX_FIELD = 5, 5, 80, 45, 4000

# How Discord's gateway calls channels that the bot can't view. Releases that believed it have stored it.
_HIDDEN = "#___hidden___"

# How many characters of each user text are kept: tried one after the other until the message fits.
_SHORTER = (MAX_CONTENT, 400, 160, 80, 30)

# Markup and mentions anywhere; and text that clients turn into links and previews without any markup.
_SPECIAL = re.compile(r"[\\`*_~|<>\[\]()@]|(?<=\w):(?=//)|(?<=\w)\.(?=\w+/)")
_LINE_START = re.compile(r"^(?:(?P<number>\d+)(?=\.(?:\s|$))|(?=[#+-]))")
_BACKTICKS = re.compile("`(?=`)")
_EVERYONE = re.compile(r"@(?=everyone|here)", re.IGNORECASE)


Component = dict[str, Any]
"""A component as Discord's API has it: https://docs.discord.com/developers/components/reference"""


def text(reply: Reply, *, asker: str = "") -> str:
    """Return a message's content: everything escaped, within Discord's length limit. It mentions `asker`, if given."""
    mention = f"<@{asker}> " if asker else ""
    for longest in _SHORTER:
        content = mention + "\n".join(_lines(reply, longest))
        if length(content) <= MAX_CONTENT:
            return content
    first, *rest = _lines(reply, _SHORTER[-1], foot=False)
    foot = _foot(reply)
    return "\n".join([_cut([mention + first, *rest], MAX_CONTENT - sum(length(line) + 1 for line in foot)), *foot])


def escape(words: str) -> str:
    """Escape text so that it formats nothing, mentions no one and links nowhere."""
    escaped = _EVERYONE.sub("@\u200b", _SPECIAL.sub(r"\\\g<0>", " ".join(words.split())))
    return _LINE_START.sub(r"\g<number>\\", escaped)


def paragraphs(words: str) -> str:
    """Return a longer text with its lines, everything escaped; an empty one if it doesn't fit into a message."""
    content = "\n".join(escape(line) for line in words.splitlines()).strip("\n")
    return content if length(content) <= MAX_CONTENT else ""


def pictures(reply: Reply) -> tuple[Picture, ...]:
    """Return the pictures that a message has room for: its own, or those chosen from its entries in turn, in order."""
    if not reply.entries:
        return reply.pictures[:MAX_FILES]
    by_turns = [picture for turn in zip_longest(*(entry.pictures for entry in reply.entries)) for picture in turn]
    chosen = [picture for picture in by_turns if picture][:MAX_FILES]
    return tuple(picture for entry in reply.entries for picture in entry.pictures if picture in chosen)


def view(reply: Reply) -> discord.ui.View | None:
    """Return the buttons, or None. Their `custom_id` contains what they do: no process has to remember them."""
    rows = _rows(reply)
    return _Buttons([[_button(button, label) for button, label in row] for row in rows]) if rows else None


def modal(form: Form) -> discord.ui.Modal:
    """Return the form with its one field."""
    longest = min(form.max_length, _MAX_FIELD)
    shown = discord.ui.Modal(
        title=beginning(form.title, _MAX_TITLE), custom_id=f"{FORM}:{form.job or ''}", timeout=None
    )
    field = discord.ui.TextInput[discord.ui.Modal](
        custom_id=PROMPT_FIELD,
        style=discord.TextStyle.paragraph,
        default=beginning(form.prompt, longest) or None,
        max_length=longest,
    )
    shown.add_item(discord.ui.Label(text=beginning(form.label, _MAX_TITLE), component=field))
    shown.stop()
    return shown


def question(confirmation: Confirmation) -> discord.ui.Modal:
    """Return the form that asks whether something is meant."""
    shown = discord.ui.Modal(
        title=beginning(confirmation.title, _MAX_TITLE),
        custom_id=f"{confirmation.action}:{confirmation.job}",
        timeout=None,
    )
    shown.add_item(discord.ui.TextDisplay(escape(confirmation.text)))
    if confirmation.keep:
        box = discord.ui.Checkbox[discord.ui.Modal](custom_id=KEEP_FIELD)
        shown.add_item(discord.ui.Label(text=beginning(confirmation.keep, _MAX_TITLE), component=box))
    shown.stop()
    return shown


def _lines(reply: Reply, longest: int, *, foot: bool = True) -> list[str]:
    lines = [_line(line, longest) for line in reply.lines]
    for number, entry in enumerate(reply.entries, start=1):
        first, *rest = entry.lines
        lines += ["", f"**{number}.** {_line(first, longest)}", *(_line(line, longest) for line in rest)]
    return [*lines, *_foot(reply)] if foot else lines


def _foot(reply: Reply) -> list[str]:
    return [f"-# {_line(reply.foot, MAX_CONTENT)}"] if reply.foot else []


def _line(line: Line, longest: int) -> str:
    return "".join(_span(span, longest) for span in line)


def _span(span: Span, longest: int) -> str:
    match span:
        case str():
            return _spaced(span)
        case UserText(words) if words == _HIDDEN:
            return escape("#…")
        case UserText(words):
            return escape(words if len(words) <= longest else f"{words[: longest - 1].rstrip()}…")
        case Code(words):
            return _code(words)
        case Strong(words):
            return f"**{escape(words)}**"
        case Person(user):
            return f"<@{user.id.removeprefix(f'{NAME}:')}>"
        case Timestamp(at, shown):
            return f"<t:{int(at.timestamp())}:{'R' if shown is Shown.RELATIVE else 'f'}>"
        case Link(label, url):
            return f"[{escape(label)}](<{url}>)"
    assert_never(span)


@lru_cache(maxsize=1024)
def _spaced(words: str) -> str:
    """Escape the bot's own text, and keep the spaces that separate it from its neighbours."""
    inner = words.strip()
    if not inner:
        return words
    start, end = words[: len(words) - len(words.lstrip())], words[len(words.rstrip()) :]
    return f"{start}{escape(inner)}{end}"


def _code(words: str) -> str:
    # Two backticks in a row would end the span; no fence for one line is longer.
    words = _BACKTICKS.sub("`\u200b", " ".join(words.split()))
    return f"`` {words} ``" if "`" in words else f"`{words}`"


def length(content: str) -> int:
    """Return how long a text is as Discord counts."""
    # Discord's clients count UTF-16 units; its servers never count more than that.
    return len(content.encode("utf-16-le")) // 2


def beginning(text: str, most: int) -> str:
    """Return the beginning of a text that is at most so long, as Discord counts."""
    return text.encode("utf-16-le", "replace")[: 2 * most].decode("utf-16-le", "ignore")


def _cut(lines: Iterable[str], most: int) -> str:
    kept: list[str] = []
    for line in lines:
        if length("\n".join([*kept, line, "…"])) > most:
            return "\n".join([*kept, "…"])
        kept.append(line)
    return "\n".join(kept)


def _rows(reply: Reply) -> Sequence[Sequence[tuple[Button, str]]]:
    """Return a row for each entry and one for the message; if that is too many, fill every row completely."""
    entries = [
        [(button, f"{number} · {button.label}") for button in entry.buttons]
        for number, entry in enumerate(reply.entries, start=1)
    ]
    rows = [row for row in (*entries, [(button, button.label) for button in reply.all_buttons]) if row]
    if len(rows) <= _MAX_ROWS and all(len(row) <= _MAX_IN_ROW for row in rows):
        return rows
    flat = [button for row in rows for button in row]
    return [flat[start : start + _MAX_IN_ROW] for start in range(0, len(flat), _MAX_IN_ROW)][:_MAX_ROWS]


def _button(button: Button, label: str) -> Component:
    ends = button.action in {Action.CANCEL, Action.STOP}
    return {
        "type": discord.ComponentType.button.value,
        "style": (discord.ButtonStyle.danger if ends else discord.ButtonStyle.secondary).value,
        "label": beginning(label, _MAX_LABEL),
        "custom_id": f"{button.action}:{button.argument}",
    }


class _Buttons(discord.ui.View):
    """Rows of buttons that discord.py only sends: this has all that it reads of a view that it doesn't dispatch.

    Its own views also wait for presses, which `parse` reads here, and take four times as long to make.
    """

    def __init__(self, rows: Sequence[Sequence[Component]]) -> None:
        self._sent = [{"type": discord.ComponentType.action_row.value, "components": list(row)} for row in rows]

    @property  # type: ignore[misc]  # it is only read
    def timeout(self) -> None:
        return None

    def to_components(self) -> list[Component]:
        return self._sent

    def has_components_v2(self) -> bool:
        return False

    def is_dispatchable(self) -> bool:
        return False

    def is_finished(self) -> bool:
        return True
