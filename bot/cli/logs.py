"""Logging: one line per entry, as text or as JSON."""

import json
import logging
import sys
from datetime import UTC, datetime

from bot.cli.repeats import SparingHandler
from bot.settings import Settings


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time, level, logger, message, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def configure(settings: Settings) -> None:
    """Log to standard error as the settings say. Libraries log only warnings and above, except at level debug.

    Whatever repeats itself, in the bot or in a library, is counted rather than written.
    """
    handler = SparingHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else text)
    level = settings.log_level.upper()
    logging.basicConfig(level="DEBUG" if level == "DEBUG" else "WARNING", handlers=[handler], force=True)
    logging.getLogger("aiosqlite").setLevel("WARNING")  # at debug it logs statements with their values
    for ours in ("bot", "adapters", "storage"):
        logging.getLogger(ours).setLevel(level)
