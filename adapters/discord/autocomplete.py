"""What is offered while an option is typed, in Discord's format. Pure."""

from collections.abc import Mapping, Sequence

from discord.app_commands import Choice

from adapters.discord.render import beginning, length

# https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-autocomplete
_MAX_CHOICES = 25
# https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-option-choice-structure
_MAX_CHOICE = 100
_BETWEEN, _ELLIPSIS = " · ", "…"


def choices(suggestions: Mapping[str, Sequence[str]], typed: str) -> list[Choice[str]]:
    """Return the values that are shown with the typed text; values that begin with it come first."""
    sought = typed.strip().casefold()
    shown = {value: label(value, about) for value, about in suggestions.items() if length(value) <= _MAX_CHOICE}
    fitting = [value for value, name in shown.items() if sought in name.casefold()]
    fitting.sort(key=lambda value: not value.casefold().startswith(sought))
    return [Choice(name=shown[value], value=value) for value in fitting[:_MAX_CHOICES]]


def named(choices: Mapping[str, str]) -> list[Choice[str]]:
    """Return values that fit already, each under its name."""
    return [Choice(name=beginning(name, _MAX_CHOICE), value=value) for value, name in choices.items()][:_MAX_CHOICES]


def label(value: str, about: Sequence[str]) -> str:
    """Return a value with what there is to say of it. If that is too long, the longest part of it is cut."""
    whole = _BETWEEN.join((value, *about))
    excess = length(whole) - _MAX_CHOICE
    if excess <= 0:
        return whole
    longest = max(about, key=length)
    kept = beginning(longest, max(length(longest) - excess - length(_ELLIPSIS), 0)).rstrip()
    shorter = [f"{kept}{_ELLIPSIS}" if each is longest else each for each in about]
    return _BETWEEN.join((value, *shorter)) if kept else value
