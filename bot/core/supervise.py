"""Supervision: loops and connections that must always run continue after any failure, and report their state."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime

from bot.core.chat import Adapter, Sharing
from bot.core.errors import BotError, StorageError, TokenRefused
from bot.core.message import Message
from bot.core.quiet import Quiet

logger = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
# The strictest platform resets the token of a bot that reconnects more than 1,000 times a day (the rule is linked in
# the test): every 120 s is 720 times.
LONGEST_PAUSE = 120.0
# If this were under a minute, a connection that is lost every minute would be made 1,400 times a day.
_SETTLED_SECONDS = 600.0
_LONGEST_AFTER_FAILURE = 60.0
_PAGE = re.compile(r"<(!doctype|html)\b.*", re.IGNORECASE | re.DOTALL)
_LONGEST_WORDS = 300
_REFUSED_SECONDS = 600.0
"""Between two lines about a token that a platform does not take."""


class Loop:
    """Work that is done every `seconds`, without end. After a failure it is tried again sooner, with growing pauses.

    An `expected` error means that something is unavailable that the bot can do without for a while.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[object]],
        *,
        seconds: float,
        expected: tuple[type[Exception], ...] = (),
    ) -> None:
        self.name = name
        self.failing = ""
        """Since when it fails, and the first error's type; empty if the latest round worked or failed as expected."""
        self._work, self._seconds, self._expected = work, seconds, expected
        self._quiet = Quiet()
        self._longest_pause = min(seconds or FIRST_PAUSE, _LONGEST_AFTER_FAILURE)

    async def run(self) -> None:
        """Run until cancelled."""
        pauses_to_come = pauses(self._longest_pause)
        latest = ""
        while True:
            error = await failure_of(self._work())
            if error is None:
                self._worked(latest)
                latest, pauses_to_come = "", pauses(self._longest_pause)
                await asyncio.sleep(self._seconds)
                continue
            said = words_of(error)
            self._failed(error, said, again=said == latest)
            latest = "" if isinstance(error, StorageError) else said
            await asyncio.sleep(next(pauses_to_come))

    def _worked(self, latest: str) -> None:
        if latest and not self._quiet.again("works again"):
            logger.info("%s: works again", self.name)
        self.failing = ""

    def _failed(self, error: BaseException, said: str, *, again: bool) -> None:
        if isinstance(error, self._expected):
            self.failing = ""
        else:
            self.failing = self.failing or f"since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC ({type(error).__name__})"
        if isinstance(error, StorageError):  # many loops meet it at once, and the store itself warns
            logger.debug("%s: %s", self.name, said)
            return
        if self._quiet.again(said):
            return
        # The messages of the bot's own errors are enough; any other error is logged with its traceback, once.
        traceback = None if again or isinstance(error, BotError) else error
        logger.warning("%s: %s", self.name, said, exc_info=traceback)


class Link:
    """The connection to a platform: its adapter runs again after each end, with growing pauses if it ends soon."""

    def __init__(
        self,
        adapter: Adapter,
        waits: Callable[[], Iterator[float]] | None = None,
        *,
        settled: float = _SETTLED_SECONDS,
    ) -> None:
        self.name = adapter.name
        self._adapter, self._waits, self._settled = adapter, waits or pauses, settled
        self._lost = ""
        self._quiet, self._refusals = Quiet(), Quiet(_REFUSED_SECONDS)
        self.refused: Sequence[Message] = ()
        """What the operator has to do, if the platform did not take a token at the latest try."""

    @property
    def presence(self) -> Message | None:
        """Who the bot is there, and where; None until that is known."""
        return self._adapter.presence

    @property
    def unready(self) -> str:
        """Why commands don't arrive or can't be answered, in a few words; empty if all is well."""
        unready = self._adapter.unready
        return f"{unready} ({self._lost})" if unready and self._lost else unready

    @property
    def sharing(self) -> Sharing | None:
        """How many connections use the token; None if the platform doesn't say."""
        return self._adapter.sharing

    async def run(self) -> None:
        """Run the adapter until cancelled."""
        coming = self._waits()

        def settle() -> None:
            nonlocal coming
            coming, self._lost = self._waits(), ""

        while True:
            timer = asyncio.get_running_loop().call_later(self._settled, settle)
            try:
                error = await failure_of(self._adapter.run())
            finally:
                timer.cancel()
            pause = next(coming)
            self._lost = words_of(error) if error else ""
            self.refused = _messages(error)
            if self.refused:
                self._say_refused()
                await asyncio.sleep(pause)
                continue
            said = f"lost ({self._lost})" if error else "closed"
            if not self._quiet.again(said):
                # A library's traceback for each refused connection would hide other messages: at debug level only.
                logger.warning("%s: connection %s; connecting again in %.0f s", self.name, said, pause)
                logger.debug("%s", self.name, exc_info=error)
            await asyncio.sleep(pause)

    def _say_refused(self) -> None:
        self._lost = " ".join(map(str, self.refused))
        if not self._refusals.again(self._lost):
            logger.error("%s", self._lost)


async def failure_of(work: Awaitable[object]) -> BaseException | None:
    """Await `work` and return the error that it failed with, of any type; None if it succeeded.

    This includes a CancelledError from inside, which some libraries raise. The caller's own cancellation is raised.
    """
    try:
        await work
    except asyncio.CancelledError as error:
        if (task := asyncio.current_task()) and task.cancelling():
            raise
        return error
    except Exception as error:  # noqa: BLE001  the caller must survive any error, and logs it
        return error
    return None


def _messages(error: BaseException | None) -> Sequence[Message]:
    """Return what the operator has to do about a refused token; nothing, if that isn't what failed."""
    return [each for each in error.args if isinstance(each, Message)] if isinstance(error, TokenRefused) else ()


def words_of(error: BaseException) -> str:
    """Return an error's type and message on one line, without the page that a proxy may have sent."""
    words = " ".join(_PAGE.sub("", str(error)).split())
    return f"{type(error).__name__}: {words[:_LONGEST_WORDS]}"


def pauses(longest: float = LONGEST_PAUSE) -> Iterator[float]:
    """Yield the pause before each new try, in seconds: doubled each time, up to `longest`."""
    pause = min(FIRST_PAUSE, longest)
    while True:
        yield pause
        pause = min(pause * 2, longest)
