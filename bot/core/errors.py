"""The errors, as one tree. Each carries the facts for its sentence; the sentences are in `bot.core.language`.

BotError
├── UsageError, Refusal      answered to people, in `bot.core.refusals`
├── ProviderError            the gateway returned no image
├── ImageError               bytes that are not an image the bot can show
├── ImageGone                an image is no longer stored
├── DeliveryError            a platform did not show a reply
│   ├── PicturesGone         they are no longer stored, or damaged
│   ├── FilesRefused         words, but no files
│   ├── MessageDeleted       people deleted the message that it was to replace
│   └── NotConnected         it could not be tried
├── TokenRefused             a platform does not take the bot's token
├── ForbiddenTransition      a job can't move from the one status to the other
├── LeaseLost                another worker holds the job now, or it has ended
└── StorageError             the database or the image store is unavailable
"""

from typing import TYPE_CHECKING

from bot.core import foreign
from bot.core.bounds import MESSAGE_CHARACTERS

if TYPE_CHECKING:  # the command line needs only the errors
    from bot.core.model import Fault, Status
    from bot.core.origin import Address

_RECONNECTING = 5.0
"""Seconds after which a platform that isn't connected is asked again."""


class BotError(Exception):
    """The base class of the bot's errors."""


class TokenRefused(BotError):
    """A platform does not take one of the bot's tokens: only its operator can help, as the message says."""


class ProviderError(BotError):
    """The gateway returned no image. `message` is the gateway's own, for the log; it never reaches a chat unescaped.

    `retry_after` in seconds, where the gateway said so. `certain`: a code or the status says so. If it isn't, only
    words do, and a prompt may have put them there: what they say of everybody needs a second witness.
    """

    def __init__(
        self,
        fault: "Fault",
        message: str = "",
        *,
        request_id: str = "",
        retry_after: float | None = None,
        certain: bool = True,
    ) -> None:
        message = foreign.line(message, MESSAGE_CHARACTERS)
        super().__init__(f"{fault}: {message}" if message else fault)
        self.fault, self.message = fault, message
        self.request_id, self.retry_after, self.certain = foreign.line(request_id), retry_after, certain


class NoList(ProviderError):
    """The gateway has no list of models where one is asked for. It may draw all the same."""


class ImageError(BotError):
    """Bytes that are not an image the bot can show: unknown type, truncated, too many bytes or pixels."""


class ImageGone(BotError):
    """An image is no longer stored: it was deleted, or the image store lost it."""


class DeliveryError(BotError):
    """A platform did not show a reply.

    `permanent`: no further try will help soon, here or in any other way that the platform has. Otherwise try again,
    after `retry_after` seconds if the platform gave a number: to wait when asked to isn't a failed try.
    """

    def __init__(self, message: str, *, permanent: bool = False, retry_after: float | None = None) -> None:
        super().__init__(foreign.line(message, MESSAGE_CHARACTERS))
        self.permanent, self.retry_after = permanent, retry_after


class FilesRefused(DeliveryError):
    """The place takes words from the bot, but no files; its admins can change that. `code` is the platform's word."""

    def __init__(self, code: str) -> None:
        super().__init__(f"no files are taken: {code}", permanent=True)
        self.code = code


class PicturesGone(DeliveryError):
    """Images of the reply are no longer stored, or not as they were."""

    def __init__(self) -> None:
        super().__init__("the images are no longer stored", permanent=True)


class MessageDeleted(DeliveryError):
    """People deleted the message that was to be changed: nothing takes its place there. `address` knows that."""

    def __init__(self, address: "Address") -> None:
        super().__init__("the message was deleted")
        self.address = address


class NotConnected(DeliveryError):
    """The platform isn't connected, so that nothing was tried."""

    def __init__(self, platform: str) -> None:
        super().__init__(f"{platform} is not connected", retry_after=_RECONNECTING)


class ForbiddenTransition(BotError):
    """A job can't move from status `before` to `after`: a mistake in the bot itself, and nothing is written."""

    def __init__(self, before: "Status", after: "Status") -> None:
        super().__init__(f"a job can't move from {before} to {after}")
        self.before, self.after = before, after


class LeaseLost(BotError):
    """Another worker holds the job now, or it has ended: what was about to be written must not be written."""


class StorageError(BotError):
    """The database or the image store is unavailable, full or locked."""
