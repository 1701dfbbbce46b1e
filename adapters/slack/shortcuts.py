"""Slack's own places to ask in: the entry in a message's menu, and forms that ask whether a press is meant. Pure."""

from dataclasses import replace
from typing import Any

from bot.core.language import Language, channels
from bot.core.replies import Confirmation

DELETE_FORM, SHOW_FORM = "imagine-delete", "imagine-show"

# https://docs.slack.dev/reference/views and …/block-kit/blocks/section-block: Slack's maximum of each
_MAX_TITLE, _MAX_TEXT, _MAX_BLOCKS = 24, 3000, 100


def confirmation(texts: Language) -> Confirmation:
    """Return what is asked before a deletion, which is also one of Slack's files."""
    said = texts.label("They disappear here, from the history and from Slack. They still count.")
    return replace(channels.confirmation(texts, "", keep=False), text=said)


def question(texts: Language, asked: Confirmation, *, callback: str, metadata: str) -> dict[str, Any]:
    """Return the form that asks whether something is meant."""
    return {
        "type": "modal",
        "callback_id": callback,
        "title": _plain(asked.title, _MAX_TITLE),
        "submit": _plain(asked.submit, _MAX_TITLE),
        "close": _plain(texts.label("Cancel"), _MAX_TITLE),
        "private_metadata": metadata,
        "blocks": [{"type": "section", "text": _plain(asked.text, _MAX_TEXT)}],
    }


def whole(texts: Language, prompt: str) -> dict[str, Any]:
    """Return what shows a whole prompt. As in messages, Slack reads nothing into its words."""
    parts = [prompt[start : start + _MAX_TEXT] for start in range(0, len(prompt), _MAX_TEXT)]
    return {
        "type": "modal",
        "title": _plain(texts.label("Prompt"), _MAX_TITLE),
        "close": _plain(texts.label("Close"), _MAX_TITLE),
        "blocks": [_words(part) for part in parts[:_MAX_BLOCKS]],
    }


def _words(text: str) -> dict[str, Any]:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def _plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": text[:limit], "emoji": False}
