"""What Slack's refusals mean: one table for every error that Slack documents for the methods that show a message."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.core.bounds import TEXT_CHARACTERS
from bot.core.chat import Meaning
from bot.core.errors import DeliveryError
from bot.core.foreign import line
from bot.core.retry_after import retry_after
from bot.outgoing.connector import reason

# By name, from https://docs.slack.dev/reference/methods. A test holds that no documented error is missing here.
_CODES: Mapping[Meaning, str] = {
    Meaning.CLOSED: """
        access_denied app_access_restricted cannot_dm_bot cannot_reply_to_message channel_not_found ekm_access_denied
        enterprise_is_restricted invalid_channel invalid_user_combination is_archived is_inactive messages_tab_disabled
        method_not_supported_for_channel_type missing_scope no_permission not_in_channel posting_to_channel_denied
        restricted_action restricted_action_non_threadable_channel restricted_action_read_only_channel
        restricted_action_thread_locked restricted_action_thread_only_channel team_not_found user_disabled
        user_not_found user_not_visible users_not_found
        slack_connect_blocked_file_type slack_connect_canvas_sharing_blocked slack_connect_clip_sharing_blocked
        slack_connect_file_link_sharing_blocked slack_connect_file_upload_sharing_blocked
        slack_connect_lists_sharing_blocked
    """,
    # A deleted message with replies leaves a tombstone, which is no longer the bot's.
    Meaning.DELETED: "cant_update_message message_not_found",
    Meaning.GONE: "block_mismatch edit_window_closed",
    Meaning.WORDS_REFUSED: "msg_blocks_too_long msg_too_long",
    Meaning.PICTURE_REFUSED: """
        blocked_file_type canvas_disabled_file_team canvas_disabled_user_team canvas_globally_disabled file_deleted
        file_is_deleted file_not_found file_share_limit_reached file_type_not_allowed file_update_failed
        max_file_sharing_exceeded missing_file_data not_visible template_not_visible unable_to_share_files
    """,
    Meaning.TOO_LARGE: "file_upload_size_restricted snippet_too_large",
    Meaning.NO_FILES: "file_uploads_disabled file_uploads_except_images_disabled storage_limit_reached",
    Meaning.UNAUTHORIZED: """
        accesslimited account_inactive invalid_auth is_bot not_allowed_token_type not_authed token_expired token_revoked
        two_factor_setup_required
    """,
    Meaning.OUR_FAULT: """
        alt_txt_too_large as_user_not_supported attachment_payload_limit_exceeded cant_broadcast_message
        cant_delete_file cant_delete_message channels_limit_exceeded delete_not_allowed file_deleting_disabled
        deprecated_endpoint draft_already_deleted draft_already_sent
        draft_has_conflict draft_not_found duplicate_channel_not_found duplicate_message_not_found invalid_arg_name
        invalid_arguments invalid_array_arg invalid_attachments invalid_blocks invalid_blocks_format invalid_charset
        invalid_form_data invalid_metadata_format invalid_metadata_schema invalid_post_type markdown_text_conflict
        metadata_must_be_sent_from_app metadata_too_large method_deprecated missing_argument missing_post_type no_text
        no_dual_broadcast_content_update not_enough_users send_on_behalf_not_allowed too_many_attachments
        too_many_contact_cards too_many_users unknown_method unknown_snippet_type unknown_subtype
        users_list_not_supplied
    """,
    Meaning.NOT_NOW: """
        external_channel_migrating fatal_error internal_error message_limit_exceeded org_login_required rate_limited
        ratelimited request_timeout service_unavailable streaming_state_conflict team_added_to_org update_failed
    """,
}
MEANINGS: Mapping[str, Meaning] = {code: meaning for meaning, codes in _CODES.items() for code in codes.split()}
_PASSING = frozenset({Meaning.NOT_NOW, Meaning.UNAUTHORIZED})
_CODE = re.compile(r"[a-z0-9_]{1,80}")
_USUAL_WAIT = 30.0
_NO_SUCH_FILE = "file_not_found"
_ICONS = ("context_actions", "icon_button")
_THREAD_GONE = "thread_gone"
_THREAD = frozenset({_THREAD_GONE, "cannot_reply_to_message", "restricted_action_thread_locked"})
_NOT_A_MEMBER = frozenset({"not_in_channel", "channel_not_found", "team_not_found"})


class SlackRefusal(DeliveryError):
    """Slack refused a request. `scope` is the permission that the bot lacks, if Slack says that this is why.

    `icons`: what it refuses is a button that is an icon.
    `no_file`: it knows no such file; of one that was uploaded in the last minute that means that it doesn't yet.
    """

    def __init__(
        self,
        meaning: Meaning,
        code: str,
        *,
        scope: str = "",
        no_file: bool = False,
        icons: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(
            f"Slack refused: {code} ({meaning})", permanent=meaning not in _PASSING, retry_after=retry_after
        )
        self.meaning, self.code, self.scope, self.no_file, self.icons = meaning, code, scope, no_file, icons

    @property
    def joinable(self) -> bool:
        """Whether inviting the bot would help, as far as Slack's code shows."""
        return self.code in _NOT_A_MEMBER

    @property
    def is_public(self) -> bool:
        """Whether the channel is one that everybody may join: of others Slack doesn't say that they exist."""
        return self.code == "not_in_channel"

    @property
    def is_the_thread(self) -> bool:
        """Whether the channel itself is open to the bot: only the thread is gone, or closed."""
        return self.code in _THREAD

    @property
    def is_the_channel(self) -> bool:
        """Whether other channels are open to the bot: this one is archived, or restricted by its own settings."""
        return self.code in {"is_archived", "is_inactive"} or self.code.startswith("restricted_action_")


def thread_gone() -> SlackRefusal:
    """Return the refusal that Slack has no word for: the thread is gone, so it would post outside."""
    return SlackRefusal(Meaning.CLOSED, _THREAD_GONE)


def meaning_of(method: str, code: str) -> Meaning:
    """Return what an error of a method means. An undocumented one means that the request was wrong.

    A place that is closed to files may still take words.
    """
    meaning = MEANINGS.get(code, Meaning.OUR_FAULT)
    return Meaning.NO_FILES if meaning is Meaning.CLOSED and method.startswith("files.") else meaning


def code_of(error: SlackApiError) -> str:
    """Return Slack's error code; the HTTP status if a proxy answered instead, or during an outage."""
    body: Any = getattr(error.response, "data", None)
    code = body.get("error") if isinstance(body, dict) else None
    known = isinstance(code, str) and _CODE.fullmatch(code)
    return str(code) if known else f"http_{getattr(error.response, 'status_code', '?')}"


def details_of(error: SlackApiError) -> str:
    """Return what Slack says about an invalid argument, on one line; it may quote the message."""
    body: Any = getattr(error.response, "data", None)
    if not isinstance(body, dict):
        return ""
    more = body.get("response_metadata")
    said = (more.get("messages") if isinstance(more, dict) else None) or body.get("errors")
    return line(" ".join(map(str, said if isinstance(said, list) else ())), TEXT_CHARACTERS)


def _is_about_a_file(error: SlackApiError) -> bool:
    """Return whether Slack can't show the file of an image block: it answers `invalid slack file`."""
    return code_of(error) == "invalid_blocks" and "slack file" in details_of(error).replace("_", " ")


def may_be_theirs(error: Exception) -> bool:
    """Return whether Slack calls a request wrong, which it has done for hours with right ones: it may soon take it.

    https://github.com/slackapi/bolt-python/issues/1016
    """
    return isinstance(error, SlackRefusal) and error.meaning is Meaning.OUR_FAULT and not error.icons


def text_in(answer: Any, *names: str) -> str:
    """Return a text of an answer, under these names. Raises LookupError or TypeError, which `translated` knows."""
    for name in names:
        answer = answer[name]
    if not isinstance(answer, str) or not answer:
        raise TypeError(f"no {names[-1]}")
    return answer


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors of slack_sdk and aiohttp into DeliveryError: SlackRefusal, if it was Slack that answered."""
    try:
        yield
    except SlackApiError as error:
        raise refusal_of(error) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise DeliveryError(f"Slack was not reached: {reason(error)}") from error
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        # Answers that slack_sdk, or the bot, can't read: a part is missing, or something in between answered.
        raise DeliveryError(f"Slack's answer was not understood ({type(error).__name__})") from error
    except RuntimeError as error:
        if "closed" not in str(error):  # aiohttp has no error type for a session that was closed meanwhile
            raise
        raise DeliveryError("the connection to Slack was closed") from error


def refusal_of(error: SlackApiError) -> SlackRefusal:
    """Return what an error of slack_sdk means: a refusal of Slack's, or an answer of something in between."""
    code = code_of(error)
    method = str(getattr(error.response, "api_url", "")).rpartition("/")[2]
    if code in {"ratelimited", "rate_limited", "http_429"}:
        headers = getattr(error.response, "headers", None) or {}
        return SlackRefusal(Meaning.NOT_NOW, code, retry_after=wait_of(headers))
    if code == _NO_SUCH_FILE or _is_about_a_file(error):
        return SlackRefusal(Meaning.PICTURE_REFUSED, code, no_file=True)
    body: Any = getattr(error.response, "data", None)
    failing = getattr(error.response, "status_code", 0) >= HTTPStatus.INTERNAL_SERVER_ERROR
    understood = isinstance(body, dict) and body.get("ok") is False and body.get("error") == code
    if failing or not understood:  # an outage, or a proxy's answer
        return SlackRefusal(Meaning.NOT_NOW, code)
    icons = code.startswith("invalid_blocks") and any(word in details_of(error) for word in _ICONS)
    return SlackRefusal(meaning_of(method, code), code, scope=line(body.get("needed")), icons=icons)


def wait_of(headers: Mapping[str, str]) -> float:
    """Return how many seconds Slack asks for."""
    asked = retry_after(headers)
    return _USUAL_WAIT if asked is None else asked
