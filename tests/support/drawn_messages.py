"""Draws a message, or a form, as the local Discord or Slack has it: plain HTML of our own, no client's logo or style.

What is shown is what the bot really sent, so that the pictures of the README can't promise anything else.
"""

import base64
import html
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.fakes import discord_world, slack_world

_STYLE = """
body { margin: 0; font: 15px/1.45 "DejaVu Sans", sans-serif; }
main { width: 560px; padding: 14px 18px 18px; box-sizing: border-box; }
h1 { margin: 0 0 12px; padding-bottom: 9px; font-size: 14px; border-bottom: 1px solid var(--line); }
.typed { margin: 0 0 8px; font-size: 12.5px; color: var(--quiet); }
.author { font-weight: bold; } .author i { font: 10px "DejaVu Sans"; padding: 1px 5px; border-radius: 3px;
  background: var(--accent); color: white; vertical-align: 2px; margin-left: 4px; }
p { margin: 2px 0 9px; } code { font: 13px "DejaVu Sans Mono", monospace; background: var(--soft); padding: 0 3px;
  border-radius: 3px; }
.mention { background: var(--mention); border-radius: 3px; padding: 0 2px; }
small { font-size: 12.5px; color: var(--quiet); }
img { display: block; width: 100%; border-radius: 8px; margin-bottom: 9px; }
hr { border: 0; border-top: 1px solid var(--line); margin: 9px 0; }
.field { white-space: pre-wrap; } .edge { border: 1px solid var(--edge); border-radius: 6px; padding: 6px 10px; }
.buttons { display: flex; gap: 8px; margin-bottom: 9px; }
.buttons span { border: 1px solid var(--edge); background: var(--button);
  border-radius: 6px; padding: 5px 13px; font-size: 13.5px; font-weight: bold; }
"""
_DARK = """--line: #3a3d45; --quiet: #a9adb6; --accent: #5c62d6; --soft: #22252c; --mention: #3d4372;
  --edge: #4b4f5a; --button: #41454f; background: #2f3239; color: #e6e7ea"""
_LIGHT = """--line: #dddcda; --quiet: #6a6a6a; --accent: #7d7d7d; --soft: #f1f0ee; --mention: #fdf0c4;
  --edge: #bdbcba; --button: #fff; background: #fff; color: #1f1e1d"""
_BIN = (
    '<svg width="16" height="18" fill="none" stroke="currentColor" stroke-width="1.5">'
    '<path d="M2 4h12M6 4V2h4v2M3.5 4l1 12h7l1-12M6.5 7v6M9.5 7v6"/></svg>'
)


def discord_page(message: discord_world.Message, world: discord_world.World, typed: str) -> str:
    """Return the page of a message that answers what was typed."""
    parts = [
        f"<p>{_discord_text(message.content, world)}</p>",
        *(_picture(file.data, file.description) for file in message.attachments),
        _buttons(button["label"] for button in message.buttons()),
    ]
    return _page(_DARK, world.channels[message.channel].name, world.bot_name, typed, parts)


def slack_page(message: slack_world.Message, world: slack_world.World, typed: str) -> str:
    """Return the page of a message that answers what was typed."""
    parts = [_slack_block(block, world) for block in message.blocks]
    return _page(_LIGHT, world.channels[message.channel].name, "imagine", typed, parts)


def discord_form(answer: dict[str, Any]) -> str:
    """Return the page of a form with which the bot answered."""
    fields = [_field(row["label"], row["component"].get("value") or "") for row in answer["data"]["components"]]
    return _whole(_DARK, f"<h1>{html.escape(answer['data']['title'])}</h1>{''.join(fields)}{_buttons(['Submit'])}")


def slack_form(view: dict[str, Any]) -> str:
    """Return the page of a form that the bot opened."""
    parts = "".join(_slack_field(block) for block in view["blocks"])
    ends = _buttons([view["close"]["text"], view["submit"]["text"]])
    return _whole(_LIGHT, f"<h1>{html.escape(view['title']['text'])}</h1>{parts}{ends}")


def _slack_field(block: dict[str, Any]) -> str:
    if block["type"] == "actions":
        return _buttons(element["text"]["text"] for element in block["elements"])
    label, element = block["label"]["text"], block["element"]
    chosen = element.get("initial_option")
    match element["type"]:
        case "plain_text_input":
            return _field(label, element.get("initial_value") or "")
        case "static_select":
            return _field(label, f"{chosen['text']['text']} ▾" if chosen else "▾")
        case "radio_buttons":
            rows = (f"{'●' if each == chosen else '○'} {each['text']['text']}" for each in element["options"])
            return _field(label, "   ".join(rows), edge=False)
        case kind:
            raise ValueError(f"no picture is drawn of a field {kind}")


def _field(label: str, value: str, *, edge: bool = True) -> str:
    kind = "field edge" if edge else "field"
    return f'<p><b>{html.escape(label)}</b></p><p class="{kind}">{html.escape(value) or "&nbsp;"}</p>'


def _page(colours: str, channel: str, bot: str, typed: str, parts: Sequence[str]) -> str:
    said = f'<div class="typed">{html.escape(typed)}</div>' if typed else ""
    author = f'<div class="author">{html.escape(bot)} <i>APP</i></div>'
    return _whole(colours, f"<h1># {html.escape(channel)}</h1>{said}{author}{''.join(parts)}")


def _whole(colours: str, inside: str) -> str:
    style = f"<style>{_STYLE} body {{ {colours} }}</style>"
    return f'<!doctype html><meta charset="utf-8">{style}<main>{inside}</main>'


def _discord_text(content: str, world: discord_world.World) -> str:
    def shown(found: re.Match[str]) -> str:
        escaped, mentioned, code, bold, second, link = found.groups()
        if second:
            return f"{datetime.fromtimestamp(int(second), UTC):%d %B %Y %H:%M}"
        if link:
            return f"<u>{html.escape(link)}</u>"
        if mentioned:
            return f'<span class="mention">@{html.escape(world.name_of(mentioned))}</span>'
        if code:
            return f"<code>{html.escape(code)}</code>"
        return f"<b>{html.escape(bold)}</b>" if bold else html.escape(escaped)

    marks = re.compile(r"\\([^0-9A-Za-z\s])|<@(\d+)>|`([^`]+)`|\*\*(.+?)\*\*|<t:(\d+):\w>|\[([^]]+)\]\(<[^>]+>\)")
    shown_so_far, end = "", 0
    for found in marks.finditer(content):
        shown_so_far += html.escape(content[end : found.start()]) + shown(found)
        end = found.end()
    whole = shown_so_far + html.escape(content[end:])
    return "<br>".join(re.sub(r"^-# (.*)", r"<small>\1</small>", line) for line in whole.split("\n"))


def _slack_block(block: dict[str, Any], world: slack_world.World) -> str:
    match block["type"]:
        case "rich_text":
            elements = [element for section in block["elements"] for element in section["elements"]]
            return f"<p>{''.join(_slack_text(element, world) for element in elements)}</p>"
        case "image":
            file = world.files[block["slack_file"]["id"]]
            return _picture(file.data, block["alt_text"])
        case "divider":
            return "<hr>"
        case "context":
            return f"<p><small>{' '.join(_slack_text(element, world) for element in block['elements'])}</small></p>"
        case "actions":
            return _buttons(element["text"]["text"] if "text" in element else "⋯" for element in block["elements"])
        case "context_actions":
            return "".join(_BIN for element in block["elements"] if element["icon"] == "trash")
        case kind:
            raise ValueError(f"no picture is drawn of a block {kind}")


def _slack_text(element: dict[str, Any], world: slack_world.World) -> str:
    if element["type"] == "user":
        return f'<span class="mention">@{html.escape(world.people[element["user_id"]].name)}</span>'
    text = html.escape(element.get("text") or element["fallback"]).replace("\n", "<br>")
    for name in element.get("style", {}):
        tag = {"bold": "b", "code": "code", "italic": "em"}[name]
        text = f"<{tag}>{text}</{tag}>"
    return text


def _picture(data: bytes, alt: str) -> str:
    return f'<img src="data:image/png;base64,{base64.b64encode(data).decode()}" alt="{html.escape(alt)}">'


def _buttons(labels: Iterable[str]) -> str:
    return f'<div class="buttons">{"".join(f"<span>{html.escape(label)}</span>" for label in labels)}</div>'
