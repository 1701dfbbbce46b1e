"""A language: it turns messages into lines of spans, and writes numbers and durations as its readers do."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from string import Formatter
from typing import Literal, cast

from bot.core.message import Amount, Message, counted, message
from bot.core.spans import Line, Span, Timestamp, plain

_MINUTE = 60
_ENGLISH = "en"
# Below it no language puts a separator into a whole number.
_FIRST_GROUPED = 1_000
# Babel's data, which is Unicode's, has it in Japanese durations; nobody writes it.
_SPACE_BEFORE_AN_IDEOGRAPH = re.compile(r"(?<=\d)\s(?=[\u4e00-\u9fff])")

Translate = Callable[[str], str]
TranslateCounted = Callable[[str, str, int], str]


def _same(english: str) -> str:
    return english


def _english_counted(one: str, many: str, n: int) -> str:
    return one if n == 1 else many


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language. What its catalogue lacks is said in English.

    `locale` names it as Babel does, e.g. `pt_BR`: numbers are formatted by it.
    """

    locale: str = _ENGLISH
    translate: Translate = _same
    translate_counted: TranslateCounted = _english_counted

    def line(self, said: Message) -> Line:
        """Return a message as a line of spans. A translation that can't be filled gives way to the English."""
        parts = _parts(self._chosen(said))
        if parts is None or any(name not in said.values for _, name in parts if name is not None):
            parts = _parts(said.english if said.many is None or said.n == 1 else said.many) or ()
        line: list[Span] = []
        for text, name in parts:
            if text:
                line.append(text)
            if name is not None:
                line += self._spans(said.values[name])
        return tuple(line)

    def text(self, said: Message) -> str:
        """Return a message as plain text."""
        return plain((self.line(said),))

    def say(self, english: str, /, **values: object) -> Line:
        """Return a sentence as a line of spans: its placeholders filled with spans, lines, messages or numbers."""
        return self.line(message(english, **values))

    def say_counted(self, one: str, many: str, n: int, /, **values: object) -> Line:
        """Return a sentence that depends on a number as a line of spans."""
        return self.line(counted(one, many, n, **values))

    def label(self, english: str, /, **values: object) -> str:
        """Return a sentence as plain text: for labels, descriptions and titles."""
        return self.text(message(english, **values)) if values else _label(self, english)

    def raw(self, english: str) -> str:
        """Return a sentence with its placeholders, to be filled elsewhere."""
        return self.translate(english)

    def either(self, spans: Sequence[Span]) -> Line:
        """Return spans as alternatives: `a, b or c`."""
        from babel.lists import format_list  # its import takes a while

        template = format_list([f"{{{index}}}" for index in range(len(spans))], style="or", locale=self.locale)
        return _filled(str(template), spans)

    def together(self, spans: Sequence[Span]) -> Line:
        """Return spans that belong together: `a, b and c`."""
        from babel.lists import format_list  # its import takes a while

        template = format_list([f"{{{index}}}" for index in range(len(spans))], style="standard", locale=self.locale)
        return _filled(str(template), spans)

    def enumerated(self, spans: Sequence[Span]) -> Line:
        """Return spans one after the other: `a, b, c`."""
        from babel import Locale  # its import takes a while

        # Most languages have no patterns for a list in the style `unit`, which is made for this.
        followed_by = Locale.parse(self.locale).list_patterns["or"]["middle"]
        template = "{0}" if spans else ""
        for index in range(1, len(spans)):
            template = followed_by.format(template, f"{{{index}}}")
        return _filled(template, spans)

    def number(self, number: float) -> str:
        """Return a number with the language's separators."""
        if isinstance(number, int) and 0 <= number < _FIRST_GROUPED:
            return str(int(number))  # without Babel, whose import and data take a while
        return _number(number, self.locale)

    def duration(self, seconds: float) -> str:
        """Return roughly how long something takes, such as `20 seconds` or `3 minutes`."""
        if seconds < 1.5 * _MINUTE:
            return _duration(max(5, round(seconds / 5) * 5), "second", self.locale)
        return _duration(round(seconds / _MINUTE) * _MINUTE, "minute", self.locale)

    def dollars(self, usd: float) -> str:
        """Return a sum of money, to two digits that say something: `$0.04`, `$0.0015`."""
        return _dollars(Amount(usd, price=True).rounded, self.locale)

    def amount(self, amount: Amount) -> str:
        """Return an amount with the language's separators."""
        return str(amount) if self.locale == _ENGLISH else _amount(amount, self.locale)

    def moment(self, moment: Timestamp) -> Timestamp:
        """Return a time with what is read where a chat can't show it to each reader in their own zone."""
        if self.locale == _ENGLISH:
            return moment
        return replace(moment, written=_moment(moment.at.replace(second=0, microsecond=0), self.locale))

    def _chosen(self, said: Message) -> str:
        if said.many is None:
            return self.translate(said.english)
        return self.translate_counted(said.english, said.many, said.n)

    def _spans(self, value: object) -> Line:
        match value:
            case Message():
                return self.line(value)
            case tuple():
                return cast("Line", value)
            case Timestamp():
                return (self.moment(value),)
            case Amount():
                return (self.amount(value),)
            case bool() | int() | float():
                return (self.number(value),)
            case _:
                return (cast("Span", value),)


def _filled(template: str, spans: Sequence[Span]) -> Line:
    """Return a template whose placeholders are the numbers of spans as a line."""
    line: list[Span] = []
    for text, number in _parts(template) or ():
        line += [*([text] if text else ()), *([spans[int(number)]] if number else ())]
    return tuple(line)


# The results below are remembered, since the same few labels, templates, numbers and durations are asked for with every
# job.
@lru_cache(maxsize=1024)
def _label(language: Language, english: str) -> str:
    return language.text(message(english))


@lru_cache(maxsize=1024)
def _number(number: float, locale: str) -> str:
    from babel.numbers import format_decimal  # its import takes a while

    return str(format_decimal(number, locale=locale))


@lru_cache(maxsize=256)
def _duration(seconds: int, unit: Literal["second", "minute"], locale: str) -> str:
    from babel.dates import format_timedelta  # its import takes a while

    words = format_timedelta(seconds, granularity=unit, threshold=100, locale=locale)
    return _SPACE_BEFORE_AN_IDEOGRAPH.sub("", words)


@lru_cache(maxsize=256)
def _dollars(usd: float, locale: str) -> str:
    from babel.numbers import format_currency  # its import takes a while

    return str(format_currency(usd, "USD", locale=locale, decimal_quantization=False))


@lru_cache(maxsize=256)
def _amount(amount: Amount, locale: str) -> str:
    from babel.numbers import format_decimal  # its import takes a while

    pattern = None if amount.price else "#,##0.00"
    return str(format_decimal(amount.rounded, pattern, locale=locale, decimal_quantization=not amount.price))


@lru_cache(maxsize=1024)
def _moment(at: datetime, locale: str) -> str:
    from babel.dates import format_date, format_time, get_datetime_format  # their import takes a while

    both = format_time(at, "short", locale=locale), format_date(at, "medium", locale=locale)
    return f"{str(get_datetime_format('medium', locale=locale)).format(*both)} UTC"


@lru_cache(maxsize=1024)
def _parts(template: str) -> tuple[tuple[str, str | None], ...] | None:
    """Return the texts of a template, each with the placeholder that follows it; None if a brace is left open."""
    try:
        return tuple((text, name) for text, name, _, _ in Formatter().parse(template))
    except ValueError:
        return None
