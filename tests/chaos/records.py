"""What the bot logs while everything goes wrong: sentences, and nothing private."""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from tests.chaos.schedule import tags_in

_OURS = ("bot", "adapters", "storage")
_FAKES = "aiohttp.server"
"""Where the local servers say what became of the connections that they cut."""
_TRACEBACK = "Traceback (most recent call last)"


class _Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.kept: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(record)


@contextmanager
def listening() -> Iterator[list[logging.LogRecord]]:
    """Keep what is logged, as an operator would see it with LOG_LEVEL=info."""
    root, handler = logging.getLogger(), _Records()
    before = {name: logging.getLogger(name).level for name in _OURS}
    root.addHandler(handler)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    try:
        yield handler.kept
    finally:
        root.removeHandler(handler)
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def leaks(records: Collection[logging.LogRecord], secrets: Collection[str]) -> list[str]:
    """Return the records that hold a traceback, a secret or a prompt."""
    found = []
    for record in records:
        text = logging.Formatter().format(record)
        if record.exc_info and record.name != _FAKES:
            found.append(f"logged with a traceback: {record.name}: {record.getMessage()} … {text.splitlines()[-1]}")
        if _private(text, secrets):
            found.append(f"logged, and private: {record.name}: {text}")
    return sorted(set(found))


def leaks_in(log: str, secrets: Collection[str]) -> list[str]:
    """Return the lines of another process's log that hold the same."""
    found = {f"logged, and private: {line}" for line in log.splitlines() if _private(line, secrets)}
    if _TRACEBACK in log:
        found.add(f"logged with a traceback: {_around(log, _TRACEBACK)}")
    return sorted(found)


def _around(log: str, words: str) -> str:
    at = log.index(words)
    return log[max(0, at - 300) : at + 3000]


def _private(text: str, secrets: Collection[str]) -> bool:
    return any(secret in text for secret in secrets) or bool(tags_in(text))
