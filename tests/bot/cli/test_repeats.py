"""The log: repeated messages are counted, and no others are lost."""

import io
import logging
from collections.abc import Iterator

import pytest

from bot.cli.repeats import SparingHandler


class Clock:
    """Seconds that pass only when they are told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def log(stream: io.StringIO, clock: Clock) -> Iterator[logging.Logger]:
    handler = SparingHandler(stream, clock)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger = logging.getLogger("tests.a_library")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(handler)
    yield logger
    logger.removeHandler(handler)
    handler.close()


def fault(log: logging.Logger, what: object = "no room") -> None:
    log.error("failed: %s", what)


def news(log: logging.Logger, what: object) -> None:
    log.info("job %s", what)


def test_of_what_one_place_says_at_once_one_message_is_written_and_the_rest_counted(
    log: logging.Logger, clock: Clock, stream: io.StringIO
) -> None:
    for number in range(513):
        fault(log, number)
    clock.now += 1
    fault(log, "the last")
    assert stream.getvalue().splitlines() == ["ERROR failed: 0", "ERROR failed: the last (and 512 more)"]


def test_the_same_words_are_written_once_a_minute(log: logging.Logger, clock: Clock, stream: io.StringIO) -> None:
    for _ in range(150):
        fault(log)
        clock.now += 1
    assert stream.getvalue().splitlines() == [
        "ERROR failed: no room",
        "ERROR failed: no room (and 59 more)",
        "ERROR failed: no room (and 59 more)",
    ]


def test_another_place_and_other_words_are_not_held_back(
    log: logging.Logger, clock: Clock, stream: io.StringIO
) -> None:
    fault(log)
    log.warning("something else")
    clock.now += 1
    fault(log, "no disk")
    assert stream.getvalue().splitlines() == [
        "ERROR failed: no room",
        "WARNING something else",
        "ERROR failed: no disk",
    ]


def test_what_was_held_back_comes_with_the_next_message_of_any_place(
    log: logging.Logger, clock: Clock, stream: io.StringIO
) -> None:
    for number in range(3):
        fault(log, number)
    clock.now += 2
    log.warning("something else")
    assert stream.getvalue().splitlines()[1:] == ["WARNING something else", "ERROR failed: 2 (and 1 more)"]


def test_what_was_held_back_comes_at_the_end(log: logging.Logger, stream: io.StringIO) -> None:
    fault(log, 1)
    fault(log, 2)
    log.handlers[0].close()
    assert stream.getvalue().splitlines() == ["ERROR failed: 1", "ERROR failed: 2"]


def test_ten_jobs_may_be_told_of_in_a_second(log: logging.Logger, clock: Clock, stream: io.StringIO) -> None:
    for number in range(30):
        news(log, number)
    clock.now += 1
    news(log, "a")
    assert stream.getvalue().splitlines() == [
        *(f"INFO job {number}" for number in range(10)),
        "INFO job a (and 20 more)",
    ]


def test_messages_for_debugging_are_all_written(log: logging.Logger, stream: io.StringIO) -> None:
    for _ in range(30):
        log.debug("the same")
    assert len(stream.getvalue().splitlines()) == 30


def test_a_traceback_is_written_once_and_errors_tell_messages_apart(
    log: logging.Logger, clock: Clock, stream: io.StringIO
) -> None:
    def failed(error: Exception) -> None:
        try:
            raise error
        except Exception:
            log.exception("a task failed")

    for _ in range(3):
        failed(ValueError("odd"))
        clock.now += 1
    failed(KeyError("gone"))
    written = stream.getvalue()
    assert written.count("ValueError: odd") == 1
    assert written.count("KeyError: 'gone'") == 1
    assert "ERROR a task failed (and 2 more)" in written


def test_a_message_that_does_not_fit_its_values_costs_nothing_else(
    log: logging.Logger, stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    log.error("%d", "no number")
    fault(log)
    assert stream.getvalue() == "ERROR failed: no room\n"
