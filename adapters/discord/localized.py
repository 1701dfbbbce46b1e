"""What Discord shows of the commands in the languages that it and the bot both know. Pure, once these are read.

https://docs.discord.com/developers/interactions/application-commands#localization
"""

import asyncio
import unicodedata
from collections.abc import Mapping, Sequence

from adapters.discord.render import beginning, length
from bot.core.commands.command import Option
from bot.core.language import Language, speak
from bot.core.language.catalogues import ENGLISH, catalogues

AMERICAN = "en-US"
"""Said explicitly: Discord would show its readers the British words, if there are any."""
# https://docs.discord.com/developers/reference#locales, and two more in Discord's own description of its API.
_LOCALES = (
    *("ar", "bg", "cs", "da", "de", "el", "en-GB", AMERICAN, "es-419", "es-ES", "fi", "fr", "he", "hi", "hr", "hu"),
    *("id", "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi"),
    *("zh-CN", "zh-TW"),
)
_LONGEST_NAME, _LONGEST_DESCRIPTION = 32, 100
_ELLIPSIS = "…"
# For these scripts alone Discord also takes the marks that their words need.
_WITH_MARKS = ("DEVANAGARI", "THAI")

Languages = Mapping[str, Language]
"""Languages by Discord's locales."""
Localized = Mapping[str, str]


async def read() -> Languages:
    """Return the languages, read off the event loop."""
    best = {locale: catalogues().best(locale) for locale in _LOCALES}
    ours = [locale for locale, name in best.items() if name != ENGLISH.locale]
    # The languages are only read: the descriptions have no numbers, and to load their formats would take as long again.
    return {AMERICAN: ENGLISH, **await asyncio.to_thread(lambda: {locale: speak(locale) for locale in ours})}


def descriptions(english: str, languages: Languages) -> Localized:
    """Return a description in each language that has one of its own."""
    said = {locale: _fitting(texts.label(english)) for locale, texts in languages.items()}
    return _own(said, english)


def names(options: Sequence[Option], languages: Languages) -> Mapping[str, Localized]:
    """Return the names of a command's options in each language, by their own: what forms call them there.

    A language in which that can't be a name, or is another option's, has the option's own.
    """
    taken = {locale: {option.name for option in options} for locale in languages}
    found: dict[str, Localized] = {}
    for option in options:
        here = {AMERICAN: option.name}
        for locale, texts in languages.items():
            label = texts.label(option.label)
            name = name_of(label) if label != option.label else ""
            if name and name not in taken[locale]:
                taken[locale].add(name)
                here[locale] = name
        found[option.name] = here
    return found


def name_of(label: str) -> str:
    """Return a label as Discord takes it for a name, in small letters and in one word; an empty text if it can't be."""
    name = "-".join("".join(filter(_fits, word)) for word in label.lower().split())
    return name if any(map(str.isalnum, name)) and length(name) <= _LONGEST_NAME else ""


def _fits(letter: str) -> bool:
    return (
        letter in "-_"
        or unicodedata.category(letter)[0] in "LN"
        or unicodedata.name(letter, "").startswith(_WITH_MARKS)
    )


def _own(said: Localized, english: str) -> Localized:
    return {locale: words for locale, words in said.items() if words and (words != english or locale == AMERICAN)}


def _fitting(description: str) -> str:
    if length(description) <= _LONGEST_DESCRIPTION:
        return description
    return beginning(description, _LONGEST_DESCRIPTION - length(_ELLIPSIS)) + _ELLIPSIS
