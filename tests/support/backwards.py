"""Translates back: from what was shown in another language to the English that it was made from."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from babel.messages.catalog import Message

from tests.support.catalogues import opened
from tests.support.messages import parts, placeholders


class Backwards:
    """One language's catalogue. Of two messages with the same translation, the first counts."""

    def __init__(self, catalogue: Path) -> None:
        forms = [form for entry in opened(catalogue) if entry.id for form in _forms(entry)]
        forms.sort(key=lambda form: len(_literal(form[1])), reverse=True)
        self._labels = {translated: english for english, translated in reversed(forms)}
        # A translation without a letter of the language's own would be found everywhere.
        self._sentences = [
            (_longest(translated), _filled(translated), _fill(english, translated))
            for english, translated in forms
            if not _literal(translated).isascii()
        ]
        self.plain = lru_cache(maxsize=4096)(self._plain)

    def _plain(self, shown: str) -> str:
        """Return the English that a text was made from. What was cut off stays as it is."""
        if shown in self._labels:
            return self._labels[shown]
        for words, translated, english in self._sentences:
            if words in shown:
                shown = translated.sub(english, shown)
        return shown


def _forms(entry: Message) -> Iterator[tuple[str, str]]:
    """Yield each translation of a message, after its English."""
    if isinstance(entry.id, tuple | list):
        yield from ((str(entry.id[-1]), translated) for translated in entry.string or ())
    else:
        yield str(entry.id), str(entry.string)


def _literal(text: str) -> str:
    return "".join(words for words, _ in parts(text))


def _longest(text: str) -> str:
    return max((words for words, _ in parts(text)), key=len)


def _filled(translated: str) -> re.Pattern[str]:
    """Return what matches a translation with anything of one line in its placeholders, each by its name."""
    pattern, seen = "", set[str]()
    for words, name in parts(translated):
        again = f"(?P={name})" if name in seen else f"(?P<{name}>.*?)"
        pattern += re.escape(words) + (again if name else "")
        seen.add(name)
    return re.compile(f"{pattern.removesuffix('.*?)')}.*)" if pattern.endswith(".*?)") else pattern)


def _fill(english: str, translated: str) -> str:
    known = placeholders(translated)
    filled = {name: rf"\g<{name}>" if name in known else "…" for _, name in parts(english)} | {"": ""}
    return "".join(words.replace("\\", "\\\\") + filled[name] for words, name in parts(english))
