"""The switch between languages: a list of buttons that unfolds, which needs no script. Pure."""

import html
from collections.abc import Sequence

from bot.core.language.described import Described


def switch(label: str, current: Described, languages: Sequence[Described]) -> str:
    """Return the switch as HTML; nothing if there is only one language."""
    if len(languages) < 2:
        return ""
    buttons = "".join(_button(each, current) for each in languages)
    return (
        f'<details id="languages" class="languages"><summary class="pill" title="{html.escape(label)}">'
        '<svg aria-hidden="true"><use href="#icon-language"></use></svg>'
        f'<span class="visually-hidden">{html.escape(label)}: </span>'
        f'<span class="wide">{html.escape(current.own_name)}</span></summary>'
        f'<form method="post" action="/language" aria-label="{html.escape(label)}">{buttons}</form></details>'
    )


def _button(language: Described, current: Described) -> str:
    tag, state = html.escape(language.tag), ' aria-current="true"' if language == current else ""
    return (
        f'<button name="language" value="{tag}" lang="{tag}" dir="{language.direction}"{state}>'
        f"{html.escape(language.own_name)}</button>"
    )
