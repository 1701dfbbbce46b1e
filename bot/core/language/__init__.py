"""Every sentence that users see. A second language is a class with the same methods as `English`."""

from bot.core.language.choice import locale_for
from bot.core.language.english import English

__all__ = ["Language", "locale_for", "speak"]

Language = English
_ENGLISH = English()


def speak(locale: str) -> Language:
    """Return the language that best fits a locale such as `de-DE`. There is only one so far."""
    return _ENGLISH
