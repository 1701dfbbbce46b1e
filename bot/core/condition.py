"""The condition of a store: whether the bot can write there, judged by its latest operations."""

import logging
import time

from bot.core.errors import StorageError
from bot.core.quiet import Quiet

logger = logging.getLogger(__name__)


class Condition:
    """The condition of the database or of the image store. It is kept by the code that opens the store.

    Failures are logged once a minute, from the first test that succeeds on; before it, the code that opens the store
    gets the error. One failure of any operation counts until a test of everything succeeds, since a later operation
    may not need what has just failed.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.failures = 0
        """How many operations failed so far."""
        self.trouble = ""
        """Why it doesn't work, with its place; empty if it does."""
        self._since = 0.0
        self._in_use = False
        self._quiet = Quiet()

    @property
    def works(self) -> bool:
        """Whether nothing has failed since the latest test that succeeded."""
        return not self.trouble

    def failing_for(self) -> float:
        """Return for how many seconds it hasn't worked; 0 if it does."""
        return time.monotonic() - self._since if self.trouble else 0.0

    def failed(self, error: StorageError) -> None:
        """Note that an operation failed."""
        self.failures += 1
        if not self.trouble:
            self._since = time.monotonic()
        self.trouble = str(error)
        if self._in_use and not self._quiet.again(self.name):
            logger.error("%s", self.trouble)

    def passed(self) -> None:
        """Note that a test of everything succeeded."""
        self._in_use = True
        if self.trouble:
            logger.info("the %s works again, after %.0f s", self.name, self.failing_for())
        self.trouble = ""
