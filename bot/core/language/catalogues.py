"""The catalogues: one `.po` file a language, found by its name, and read when the language is first used.

https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html
"""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from bot.core.language.described import Described, described
from bot.core.language.language import Language

logger = logging.getLogger(__name__)

ENGLISH = Language()
_FORMATTED = 1.5
"""A number that each language writes with a sign of its own."""
_NAME = re.compile(r"[A-Za-z]{2,3}(?:_[A-Za-z0-9]{2,8})*")


class Catalogues:
    """The languages of some folders. If two files have the same name, the one in the later folder counts."""

    def __init__(self, *folders: Path) -> None:
        found = {path.stem: path for folder in folders for path in sorted(folder.glob("*.po"))}
        self._files: Mapping[str, Path] = {name: path for name, path in found.items() if _NAME.fullmatch(name)}
        self._read: dict[str, Language] = {}
        self._formatted: set[str] = set()
        self._described: tuple[Described, ...] = ()
        self._fitting = lru_cache(maxsize=256)(self._find)  # the same few for every job

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all languages, such as `en` and `pt_BR`."""
        return tuple(dict.fromkeys((ENGLISH.locale, *self._files)))

    def best(self, *locales: str) -> str:
        """Return the name of the language that fits the first of these locales that any fits; else English.

        `de_AT` fits `de-AT` best, then `de`. To `pt`, if there is no such file, `pt_BR` does.
        """
        return next((name for locale in locales if (name := self._fitting(locale))), ENGLISH.locale)

    async def described(self) -> tuple[Described, ...]:
        """Describe all languages, off the event loop."""
        import asyncio  # here, since a command that only prints doesn't need it

        if not self._described:
            self._described = await asyncio.to_thread(lambda: tuple(map(described, self.names)))
        return self._described

    def speak(self, locale: str) -> Language:
        """Return the language that fits a locale such as `de-DE` best; English if no language fits.

        The first call for a language reads its file: where that may not block, await `prepare` before.
        """
        name = self._fitting(locale)
        if name is None or name not in self._files:
            return ENGLISH
        if name not in self._read:
            self._read[name] = _language(name, self._files[name])
        return self._read[name]

    async def prepare(self, locale: str) -> None:
        """Read the language that fits a locale, and import what formats its numbers, off the event loop."""
        name = self._fitting(locale) or ENGLISH.locale
        if name not in self._formatted:
            import asyncio  # as above

            await asyncio.to_thread(self._warm, name)

    def _warm(self, name: str) -> None:
        self.speak(name).number(_FORMATTED)
        self._formatted.add(name)

    def _find(self, locale: str) -> str | None:
        parts = locale.partition(".")[0].replace("-", "_").lower().split("_")
        names = {name.lower(): name for name in self.names}
        wider = ("_".join(parts[:length]) for length in range(len(parts), 0, -1))
        narrower = (name for name in names if name.startswith(f"{'_'.join(parts)}_"))
        return next((names[name] for name in (*wider, *narrower) if name in names), None)


def _language(name: str, path: Path) -> Language:
    try:
        return _translated(name, path)
    except Exception as error:  # noqa: BLE001 people get an answer also if an operator's file is broken
        logger.warning("%s can't be read, so that English is spoken: %s", path, error)
        return ENGLISH


def _translated(name: str, path: Path) -> Language:
    from babel import Locale  # Babel's import takes a while
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po
    from babel.support import Translations

    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=Locale.parse(name), abort_invalid=True))
    compiled.seek(0)
    translations = Translations(compiled)
    return Language(locale=name, translate=translations.gettext, translate_counted=translations.ngettext)


@cache
def catalogues() -> Catalogues:
    """Return the languages that come with the bot, and those of the folders that are offered."""
    return Catalogues(*_folders)


_folders = [Path(__file__).parent]


@contextmanager
def offered(folder: Path | None) -> Iterator[None]:
    """Offer the languages of a folder, too, while the context lasts: to all bots of this process."""
    if folder is None:
        yield
        return
    _folders.append(folder)
    catalogues.cache_clear()
    try:
        yield
    finally:
        _folders.remove(folder)
        catalogues.cache_clear()
