"""The log: what others say is one entry on one line that can be printed, and not a long one."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from bot.cli.logs import JsonFormatter, TextFormatter
from bot.cli.repeats import SparingHandler
from bot.core.bounds import LOG_ENTRY_BYTES
from tests.support.hostile import hostile

MOST = LOG_ENTRY_BYTES + 24
"""A kilobyte, with the line's end."""
FORMATTERS = {"text": TextFormatter, "json": JsonFormatter}


class Log:
    """Keeps the text of a stream that takes UTF-8 alone, as a terminal's does."""

    def __init__(self, formatter: logging.Formatter) -> None:
        self._bytes = io.BytesIO()
        self._stream = io.TextIOWrapper(self._bytes, "utf-8", write_through=True)
        self.handler = SparingHandler(self._stream)
        self.handler.setFormatter(formatter)
        # Of its own: pytest keeps what other loggers are told, and can't report halves of characters.
        self.logger = logging.Logger("tests.a_log")  # noqa: LOG001
        self.logger.addHandler(self.handler)

    @property
    def lines(self) -> list[str]:
        return self._bytes.getvalue().decode().split("\n")[:-1]

    def close(self) -> None:
        self.handler.close()


@pytest.fixture(params=FORMATTERS)
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    made = Log(FORMATTERS[request.param]())
    yield made
    made.close()


def raised(words: str) -> Callable[[logging.Logger], None]:
    def write(logger: logging.Logger) -> None:
        try:
            raise ValueError(words)
        except ValueError:
            logger.exception("failed")

    return write


def test_ten_thousand_hostile_texts_are_one_short_line_each(log: Log) -> None:
    for words in hostile(10_000):
        log.logger.debug("event %s is not answered", words)
    assert len(log.lines) == 10_000
    odd = [line for line in log.lines if not line.isprintable() or len(line.encode()) > MOST]
    assert odd == []


@pytest.mark.parametrize(
    "words",
    ["a\n2026-11-27 12:00:00,000 ERROR   bot: forged", "\u2028\x85\x1b[2J\udc80", "x" * 9000],
    ids=["forged", "odd", "long"],
)
def test_no_line_of_a_traceback_is_an_entry(log: Log, words: str) -> None:
    raised(words)(log.logger)
    entry, *traceback = log.lines
    assert "failed" in entry
    assert all(line.isprintable() and len(line.encode()) <= 4 * MOST for line in log.lines)
    assert all(line.startswith("    ") for line in traceback)


def test_the_number_of_what_was_held_back_is_not_cut_off(log: Log) -> None:
    for _ in range(3):
        for words in ("x" * 9000, "y" * 9000):
            log.logger.error("failed: %s", words)
    log.handler.close()
    assert log.lines[-1].rstrip('"}').endswith("more)")


def test_the_message_in_json_can_be_printed_too() -> None:
    with closing(Log(JsonFormatter())) as log:
        log.logger.error("event %s", '\u2028\x1b[2J\x7f\x9b\ud800\n"')
        raised("a\nb")(log.logger)
        told, failed = map(json.loads, log.lines)
    assert told["message"] == 'event \\u2028\\x1b[2J\\x7f\\x9b\\ud800\\n"'
    assert failed["traceback"].splitlines()[-2:] == ["ValueError: a", "b"]
