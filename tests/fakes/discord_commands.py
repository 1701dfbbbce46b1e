"""How Discord takes and gives back commands with names and descriptions in several languages.

https://docs.discord.com/developers/interactions/application-commands#localization
"""

import json
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any

from tests.fakes.discord_world import RestError

Json = dict[str, Any]

# https://docs.discord.com/developers/reference#locales, and two more in Discord's own description of its API.
LOCALES = frozenset(
    {
        *("ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he", "hi", "hr", "hu"),
        *("id", "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi"),
        *("zh-CN", "zh-TW"),
    }
)
MOST_CHARACTERS = 8000
_LOCALIZED = ("name_localizations", "description_localizations")
_NAMED = {1: "slash command", 4: "entry point"}
_WITH_MARKS = ("DEVANAGARI", "THAI")


def check(commands: list[Json]) -> None:
    """Raise RestError for what Discord documents that it refuses."""
    _check(json.dumps(commands))


# Most bots register the same commands, and to look at them in each language takes a while.
@lru_cache(maxsize=64)
def _check(written: str) -> None:
    commands: list[Json] = json.loads(written)
    _different(commands, "commands")
    for command in commands:
        for part in (command, *_options(command)):
            _check_locales(part)
            if command.get("type", 1) in _NAMED:
                _check_names(part)
        for listed in (command, *_options(command)):
            _different(listed.get("options") or [], f"{command['name']}: options")
        if (size := characters(command)) > MOST_CHARACTERS:
            raise _refused("APPLICATION_COMMAND_TOO_LARGE", f"{command['name']}: {size} > {MOST_CHARACTERS}")


def characters(command: Json) -> int:
    """Count what counts towards the limit: of each field the longest text alone, in any language."""
    parts = [command, *_options(command)]
    choices = [choice for part in parts for choice in part.get("choices") or ()]
    texts = [_longest(part, key) for part in (*parts, *choices) for key in ("name", "description")]
    return sum(texts) + sum(len(str(choice["value"])) for choice in choices)


def given(command: Json, *, with_localizations: bool) -> Json:
    """Return a command as Discord lists it: without the words of other languages, unless they are asked for."""
    return command if with_localizations else json.loads(json.dumps(command), object_hook=_without)


def seen(part: Json, locale: str) -> tuple[str, str]:
    """Return the name and the description that a client in this language shows."""
    names, descriptions = (part.get(key) or {} for key in _LOCALIZED)
    others = {"en-US": "en-GB", "en-GB": "en-US", "es-419": "es-ES", "es-ES": "es-419"}
    wanted = [each for each in (locale, others.get(locale)) if each]
    name = next((names[each] for each in wanted if each in names), part["name"])
    return name, next((descriptions[each] for each in wanted if each in descriptions), part["description"])


def _options(part: Json) -> Iterator[Json]:
    for option in part.get("options") or ():
        yield option
        yield from _options(option)


def _longest(part: Mapping[str, Any], key: str) -> int:
    localized = (part.get(f"{key}_localizations") or {}).values()
    return max(len(text.encode("utf-16-le")) // 2 for text in (part.get(key) or "", *localized))


def _without(found: Json) -> Json:
    return {key: value for key, value in found.items() if key not in _LOCALIZED}


def _check_locales(part: Json) -> None:
    localized = [*(part.get(key) or {} for key in _LOCALIZED)]
    localized += [choice.get("name_localizations") or {} for choice in part.get("choices") or ()]
    if unknown := set(chain.from_iterable(localized)) - LOCALES:
        raise _refused("BASE_TYPE_CHOICES", f"{part['name']}: {unknown} aren't locales of Discord's")


def _check_names(part: Json) -> None:
    for name in (part["name"], *(part.get("name_localizations") or {}).values()):
        if not all(map(_fits, name)) or name != name.lower():
            raise _refused("APPLICATION_COMMAND_INVALID_NAME", f"Command name is invalid: {name}")


def _fits(letter: str) -> bool:
    r"""Return whether Discord takes a letter in a name: `[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]`."""
    return (
        letter in "-_'"
        or unicodedata.category(letter)[0] in "LN"
        or unicodedata.name(letter, "").startswith(_WITH_MARKS)
    )


def _different(parts: list[Json], where: str) -> None:
    """Check that no reader of any language sees one name twice."""
    for locale in LOCALES:
        named = [(part.get("type", 1) if where == "commands" else 0, seen(part, locale)[0]) for part in parts]
        if len(set(named)) < len(named):
            raise _refused("APPLICATION_COMMAND_OPTIONS_NAME_INVALID", f"{where}: a name is there twice in {locale}")


def _refused(code: str, why: str) -> RestError:
    return RestError(400, 50035, f"Invalid Form Body: {code}: {why}")
