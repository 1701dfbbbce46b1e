"""Languages: what people read, in theirs."""

from bot.core.language.catalogues import catalogues
from bot.core.language.choice import locale_for
from bot.core.language.language import Language

__all__ = ["Language", "locale_for", "prepare", "speak"]


def speak(locale: str) -> Language:
    """Return the language that fits a locale such as `de-DE` best. Await `prepare` before, where nothing may block."""
    return catalogues().speak(locale)


async def prepare(locale: str) -> None:
    """Read the language that fits a locale, off the event loop, unless that was done before."""
    await catalogues().prepare(locale)
