"""Classify Slack's refusals: the bot may not post there, the message is gone, or another try may succeed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.core.errors import DeliveryError

# https://docs.slack.dev/reference/methods/chat.postMessage and chat.update list what each of these means.
_NOT_A_MEMBER = frozenset({"not_in_channel", "channel_not_found", "team_not_found"})
_CLOSED = _NOT_A_MEMBER | {
    "is_archived",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "restricted_action_non_threadable_channel",
    "cannot_reply_to_message",
    "messages_tab_disabled",
    "ekm_access_denied",
    "user_not_found",
    "user_disabled",
    "users_not_found",
    "cannot_dm_bot",
    "method_not_supported_for_channel_type",
}
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
_HOPELESS = frozenset(
    {"missing_scope", "no_permission", "invalid_blocks", "invalid_arguments", "msg_too_long", "cant_delete_message"}
)


class ChannelClosed(DeliveryError):
    """The bot may not post there. `joinable`: inviting the bot would help, as far as Slack's code shows."""

    def __init__(self, code: str) -> None:
        super().__init__(f"Slack refused the place: {code}", permanent=True)
        self.joinable = code in _NOT_A_MEMBER


class MessageGone(DeliveryError):
    """The message to edit was deleted, or can no longer be edited."""


class FilesRefused(DeliveryError):
    """Slack does not show a file of the message, even after a while."""


def code_of(error: SlackApiError) -> str:
    """Return Slack's error code; the HTTP status if a proxy answered instead, or during an outage."""
    body: Any = getattr(error.response, "data", None)
    code = body.get("error") if isinstance(body, dict) else None
    return str(code or f"http_{getattr(error.response, 'status_code', '?')}")


def details_of(error: SlackApiError) -> str:
    """Return what Slack says about an invalid argument, on one line; it may quote the message."""
    body: Any = getattr(error.response, "data", None)
    said = body.get("response_metadata", {}).get("messages") or body.get("errors") if isinstance(body, dict) else None
    return " ".join(map(str, said or ()))


def not_processed_yet(error: Exception) -> bool:
    """Return whether an image block named a file that Slack still processes: it answers `invalid slack file`."""
    if not isinstance(error, SlackApiError):
        return False
    return code_of(error) == "invalid_blocks" and "slack file" in details_of(error).replace("_", " ")


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors of slack_sdk and aiohttp into DeliveryError."""
    try:
        yield
    except SlackApiError as error:
        raise _delivery_error(error) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise DeliveryError(f"Slack was not reached: {type(error).__name__}") from error
    except RuntimeError as error:
        if "closed" not in str(error):  # aiohttp has no error type for a session that was closed meanwhile
            raise
        raise DeliveryError("the connection to Slack was closed") from error


def _delivery_error(error: SlackApiError) -> DeliveryError:
    code = code_of(error)
    if code in _CLOSED:
        return ChannelClosed(code)
    if code in _GONE:
        return MessageGone(f"Slack refused the change: {code}")
    if code in {"ratelimited", "rate_limited", "http_429"}:
        return DeliveryError("Slack asks for patience", retry_after=_retry_after(error))
    if not_processed_yet(error):
        return FilesRefused(f"Slack refused a file: {code}")
    return DeliveryError(f"Slack refused: {code}", permanent=code in _HOPELESS)


def _retry_after(error: SlackApiError) -> float:
    headers = getattr(error.response, "headers", None) or {}
    try:
        return float(headers.get("Retry-After", 30))
    except ValueError:
        return 30.0
