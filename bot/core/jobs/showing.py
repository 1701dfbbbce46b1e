"""Asks the platforms' messengers to show something, and says what goes wrong as DeliveryError."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeVar

from bot.core.chat import Messenger, Remember, Verb, forget
from bot.core.errors import BotError, DeliveryError, ImageGone, NotConnected, PicturesGone
from bot.core.model import Job
from bot.core.origin import Address
from bot.core.refusals import Refusal
from bot.core.replies import Reply

Shown = TypeVar("Shown")

logger = logging.getLogger(__name__)

_SHOW_SECONDS = 90.0
UNREAD = Reply(lines=())
"""What a messenger is given if it shows no reply."""


class Showing:
    """The messengers of all platforms, asked with a time limit. `messengers` are by the platform's name."""

    def __init__(self, messengers: Mapping[str, Messenger]) -> None:
        self._messengers = messengers

    async def show(self, job: Job, reply: Reply, remember: Remember = forget) -> Address:
        """Show a reply where the job is shown, and return where that is. Raises DeliveryError."""
        messenger, address = self._messenger(job.origin.address), job.origin.address
        return await _asked(job.id, lambda: messenger.show(address, reply, remember))

    async def publish(self, job_id: str, address: Address, reply: Reply, remember: Remember) -> Address:
        """Show a reply as a new message, and return where that is. Raises DeliveryError, or what `remember` refuses."""
        messenger = self._messenger(address)
        return await _asked(job_id, lambda: messenger.publish(address, reply, remember))

    async def delete(self, job_id: str, address: Address) -> None:
        """Delete a message that shows a job. Raises DeliveryError."""
        messenger = self._messenger(address)
        await _asked(job_id, lambda: messenger.delete(address))

    async def show_alone(self, job: Job, address: Address, reply: Reply, remember: Remember) -> Address:
        """Show a reply to the job's asker alone, and return where that is. Raises DeliveryError."""
        messenger = self._messenger(address)
        return await _asked(job.id, lambda: messenger.show_alone(address, reply, remember))

    def reads_ledger(self, address: Address) -> bool:
        """Return whether people see there what the ledger says, so that no reply has to be made for them."""
        messenger = self._messengers.get(address.platform)
        return messenger is not None and messenger.abilities(address).reads_ledger

    def can_notify(self, address: Address) -> bool:
        """Return whether the asker of what is shown there can be told of it in a separate message."""
        return Verb.NOTIFY in self._messengers[address.platform].abilities(address).verbs

    async def notify(self, job: Job, address: Address, notice: Reply) -> None:
        """Tell the asker that the outcome is shown, once. What goes wrong is only logged."""
        try:
            async with asyncio.timeout(_SHOW_SECONDS):
                await self._messengers[address.platform].notify(address, notice)
        except Exception as error:  # noqa: BLE001  it may have arrived, and the outcome is seen in any case
            logger.info("job %s: its asker may not have been told: %s", job.id, type(error).__name__)

    def _messenger(self, address: Address) -> Messenger:
        messenger = self._messengers.get(address.platform)
        if messenger is None:
            raise NotConnected(address.platform)
        return messenger


async def _asked(job_id: str, show: Callable[[], Awaitable[Shown]]) -> Shown:
    """Ask a messenger to show something, and turn anything it raises into DeliveryError."""
    try:
        async with asyncio.timeout(_SHOW_SECONDS):
            return await show()
    except (DeliveryError, Refusal):
        raise
    except TimeoutError as error:
        raise DeliveryError("the platform did not answer in time") from error
    except ImageGone as error:
        raise PicturesGone from error
    except BotError as error:
        raise DeliveryError(f"the images can't be read: {error}") from error
    except Exception as error:  # an answer that a platform's library can't handle says nothing about the job
        logger.warning("job %s: %s in %s", job_id, type(error).__name__, _origin_of(error))
        raise DeliveryError(f"the platform's answer was not understood ({type(error).__name__})") from error


def _origin_of(error: Exception) -> str:
    """Return where an exception came from. Its message may quote what must not be logged."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{last.name} ({Path(last.filename).name}:{last.lineno})"
