"""The flags in a prompt, read as people see what they typed: `a paper boat --size landscape`.

One or two dashes before the name of an option make a flag. Any kind of dash counts, as keyboards and chats change `--`.
Before any other name they belong to the prompt; only `--` itself is then a mistake. A lone `--` ends the flags.
"""

from collections import deque
from collections.abc import Collection, Mapping, Set
from functools import lru_cache

from bot.core.commands import midjourney
from bot.core.commands.declared import ASPECT_RATIO
from bot.core.commands.words import Dashed, Word, as_typed, dashed, words_of
from bot.core.refusals import MidjourneyFlags, MissingValue, RepeatedOption, UnknownFlag, UsageError
from bot.core.visible import is_blank, visible

_DASHES = "--"
_SIZES = frozenset({"size", ASPECT_RATIO})


def read(typed: str, chosen: Mapping[str, str], known: tuple[str, ...]) -> Mapping[str, str]:
    """Return the options of a prompt with flags, and those chosen separately, by name. A blank choice doesn't count.

    Raises what `parse_flags` raises; RepeatedOption also for a flag and a choice of the same thing.
    """
    options = parse_flags(typed, known)
    beside = {name: visible(value).strip() for name, value in chosen.items() if not is_blank(value)}
    for option in options:
        _refuse_twice(option, beside)
    return {**options, **beside}


def parse_flags(text: str, known: tuple[str, ...]) -> Mapping[str, str]:
    """Split a prompt with flags into options by name, including `prompt` (it may be empty).

    Raises UnknownFlag, MissingValue, RepeatedOption; and MidjourneyFlags, which says what to type instead.
    """
    if text.isascii() and text.isprintable() and "-" not in text:
        return {"prompt": text.strip()}  # most prompts: to look at each of their words takes a while
    flagged, literal = _parted(text)
    options: dict[str, str] = {}
    prose: list[Word] = []
    unread = deque(flagged)
    while unread:
        word = unread.popleft()
        flag = dashed(word)
        option = _option(flag, known) if flag else None
        if flag is None or option is None:
            prose.append(word)
        else:
            _refuse_twice(option, options)
            options[option] = _value(flag, unread, known)
    foreign = midjourney.find(prose)
    if foreign.names:
        ours = as_typed((word for word in flagged if word not in foreign.words), text)
        raise MidjourneyFlags(foreign.names, instead=f"{ours} {_DASHES} {literal}" if literal else ours)
    return {**options, "prompt": f"{as_typed(prose, text)} {literal}".strip()}


@lru_cache(maxsize=64)  # a page looks at the same job again and again
def to_type(prompt: str, known: tuple[str, ...]) -> str:
    """Return what has to be typed for exactly this prompt: a lone `--` leads it, if it would be read otherwise."""
    try:
        unchanged = parse_flags(prompt, known) == {"prompt": prompt}
    except UsageError:
        unchanged = False
    return prompt if unchanged else f"{_DASHES} {prompt}"


def replaced(
    earlier: Mapping[str, str], typed: Mapping[str, str], taken_back: Collection[str] = ()
) -> Mapping[str, str]:
    """Return earlier options, with newly typed ones in their place, and without the options that are taken back."""
    instead = frozenset[str]().union(*map(_same, (*typed, *taken_back)))
    return {**{name: value for name, value in earlier.items() if name not in instead}, **typed}


def _parted(text: str) -> tuple[list[Word], str]:
    """Return the words before the lone `--`, and the text after it."""
    words: list[Word] = []
    for word in words_of(text):
        if word.seen == _DASHES:
            literal = text[word.end :]
            return words, as_typed(words_of(literal), literal)
        words.append(word)
    return words, ""


def _option(flag: Dashed, known: tuple[str, ...]) -> str | None:
    """Return the option that a flag names; None if it isn't one of ours."""
    name = flag.name.lower().replace("-", "_")
    if name in known:
        return name
    if flag.dashes == _DASHES and name not in midjourney.MIDJOURNEY:
        raise UnknownFlag(flag.name, known)
    return None


def _value(flag: Dashed, unread: deque[Word], known: tuple[str, ...]) -> str:
    """Return the value that is joined to a flag, or else the next word, which is taken."""
    value = flag.joined
    if value is None and unread and not _is_flag(unread[0], known):
        value = unread.popleft().seen
    if not value:
        raise MissingValue(flag.name)
    return value


def _is_flag(word: Word, known: tuple[str, ...]) -> bool:
    flag = dashed(word)
    return flag is not None and (flag.dashes == _DASHES or _option(flag, known) is not None)


def _refuse_twice(option: str, given: Mapping[str, str]) -> None:
    for other in _same(option) & given.keys():
        raise RepeatedOption(option, other)


def _same(option: str) -> Set[str]:
    """Return the options that set the same thing as this one, itself among them."""
    return _SIZES if option in _SIZES else frozenset({option})
