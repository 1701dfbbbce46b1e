"""Logging: one line per entry, as text or as JSON. What others say can't look like another entry, or fill the log."""

import json
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from bot.cli.repeats import SparingHandler
from bot.core.bounds import LOG_ENTRY_BYTES, TRACEBACK_LINE_BYTES, TRACEBACK_LINES
from bot.core.foreign import cut_in_bytes, escaped
from bot.settings import Settings


class TextFormatter(logging.Formatter):
    """One line an entry; below it the traceback if there is one, indented, so that none of its lines is an entry."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as lines that can be printed."""
        record.message, record.asctime = record.getMessage(), self.formatTime(record)
        entry = _line(self.formatMessage(record), LOG_ENTRY_BYTES)
        return "\n    ".join((entry, *_traceback(self, record)))


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time, level, logger, message, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": escaped(record.name),
            "message": _line(record.getMessage(), LOG_ENTRY_BYTES),
        }
        # A character that JSON escapes takes two bytes instead of one.
        over = len(_json(entry).encode()) - LOG_ENTRY_BYTES
        if over > 0:
            entry["message"] = cut_in_bytes(entry["message"], max(len(entry["message"].encode()) - over, 0))
        if lines := _traceback(self, record):
            entry["traceback"] = "\n".join(lines)
        return _json(entry)


def configure(settings: Settings) -> None:
    """Log to standard error as the settings say. Libraries log only warnings and above, except at level debug.

    What the bot or a library says again and again is counted instead of written.
    """
    handler = SparingHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else TextFormatter())
    level = settings.log_level.upper()
    logging.basicConfig(level="DEBUG" if level == "DEBUG" else "WARNING", handlers=[handler], force=True)
    logging.getLogger("aiosqlite").setLevel("WARNING")  # at debug it logs statements with their values
    for ours in ("bot", "adapters", "storage"):
        logging.getLogger(ours).setLevel(level)


def _line(said: str, most: int) -> str:
    """Return what is said on one line; of a very long text, only the beginning is looked at."""
    return cut_in_bytes(escaped(said[: most + 1]), most)


def _json(entry: dict[str, str]) -> str:
    return json.dumps(entry, ensure_ascii=False)


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> Sequence[str]:
    """Return the lines of a traceback that can be printed: its beginning and its end, if it is very long."""
    whole = formatter.formatException(record.exc_info) if record.exc_info else ""
    if record.stack_info:
        whole = f"{whole}\n{formatter.formatStack(record.stack_info)}".strip()
    lines = [_line(line, TRACEBACK_LINE_BYTES) for line in whole.split("\n")] if whole else []
    half = TRACEBACK_LINES // 2
    left_out = len(lines) - TRACEBACK_LINES
    return lines if left_out <= 0 else [*lines[:half], f"… ({left_out} lines)", *lines[-half:]]
