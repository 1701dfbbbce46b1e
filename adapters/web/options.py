"""What the page may offer: models and the options that each accepts, commands, texts."""

from typing import TypedDict

from adapters.web.visitor import Visitor
from adapters.web.words import words
from bot.core.commands import IMAGINE, offered
from bot.core.commands.command import Surface
from bot.core.dispatch import Bot


class ModelJson(TypedDict):
    """A model, and what to choose it for; `options` has the values of each option that it accepts."""

    name: str
    description: str
    options: dict[str, list[str]]


class NamedJson(TypedDict):
    """A command or an option, with what it is for."""

    name: str
    label: str
    description: str


class OptionsJson(TypedDict):
    """Everything that depends on nothing but the visitor's language."""

    default_model: str
    models: list[ModelJson]
    commands: list[NamedJson]
    options: list[NamedJson]
    words: dict[str, str]


_OPTIONS = tuple(option for option in IMAGINE.options if option.name != "prompt" and not option.instead_of)
_CHOSEN = tuple(option.name for option in _OPTIONS if option.name != "model")


def options_json(bot: Bot, who: Visitor) -> OptionsJson:
    """Return what may be chosen now."""
    texts = who.texts
    return {
        "default_model": bot.default_model,
        "models": [_model(bot, name, who) for name in bot.choices("model")],
        "commands": [
            {"name": command.name, "label": f"/{command.name}", "description": texts.label(command.description)}
            for command in offered(Surface.PAGE)
        ],
        "options": [
            {"name": option.name, "label": texts.label(option.label), "description": texts.label(option.description)}
            for option in _OPTIONS
        ],
        "words": words(who.texts),
    }


def _model(bot: Bot, name: str, who: Visitor) -> ModelJson:
    taken, description = bot.takes(name), bot.description(name)
    return {
        "name": name,
        "description": who.texts.label(description) if description else "",
        "options": {each: list(bot.choices(each, name)) for each in _CHOSEN if each in taken},
    }
