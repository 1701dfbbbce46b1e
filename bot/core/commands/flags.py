"""The flag syntax of platforms without native options: `a paper boat --size landscape`."""

import re
from collections.abc import Mapping

from bot.core.errors import MissingValue, RepeatedOption, UnknownFlag

ASPECT_RATIO = "ar"

# Phones and chat clients turn `--` into an em dash, some into an en dash.
_FLAG = re.compile(r"(?:(?<=\s)|^)(?P<dash>--|—|–)(?P<name>[A-Za-z][\w-]*)(?:=(?P<joined>\S*))?(?=\s|$)")
_VALUE = re.compile(r"\s+(?P<value>\S+)")
_END_OF_FLAGS = re.compile(r"(?:(?<=\s)|^)--(?=\s|$)")


def parse_flags(text: str, known: tuple[str, ...]) -> Mapping[str, str]:
    """Split `a paper boat --size landscape` into options by name, including `prompt` (it may be empty).

    A lone `--` ends the flags: what follows belongs to the prompt. An em or en dash before a word that is no flag
    belongs to the prompt too. Raises UnknownFlag, MissingValue, RepeatedOption.
    """
    end = _END_OF_FLAGS.search(text)
    flagged, literal = (text[: end.start()], text[end.end() :]) if end else (text, "")
    options: dict[str, str] = {}
    prose: list[str] = []
    position = 0
    for flag in _FLAG.finditer(flagged):
        if flag.start() < position:
            continue
        name = _flag_name(flag, known)
        if name is None:
            continue
        prose.append(flagged[position : flag.start()])
        value, position = _flag_value(flag, flagged)
        if name in options or {name, *options} >= {"size", ASPECT_RATIO}:
            raise RepeatedOption(flag["name"])
        options[name] = value
    prose += [flagged[position:], literal]
    options["prompt"] = " ".join(part.strip() for part in prose if part.strip())
    return options


def _flag_name(flag: re.Match[str], known: tuple[str, ...]) -> str | None:
    name = flag["name"].lower().replace("-", "_")
    if name in known:
        return name
    if flag["dash"] == "--":
        raise UnknownFlag(flag["name"], known)
    return None


def _flag_value(flag: re.Match[str], text: str) -> tuple[str, int]:
    if flag["joined"]:
        return flag["joined"], flag.end()
    value = _VALUE.match(text, flag.end())
    if flag["joined"] is not None or value is None or _FLAG.match(text, value.start("value")):
        raise MissingValue(flag["name"])
    return value["value"], value.end()
