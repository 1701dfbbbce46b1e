"""The Web API client of one run: one HTTP session with timeouts, and retries only where they are harmless."""

import asyncio
import logging
import random
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack import refused_token
from adapters.slack.pace import Pace
from adapters.slack.refusals import SlackRefusal, refusal_of, text_in, translated, wait_of
from bot.core.chat import Meaning
from bot.core.platform_clock import PlatformClock
from bot.core.retry_after import retry_after
from bot.core.ways_out import DIRECT, WaysOut
from bot.outgoing.connector import KEPT_FOR_IMAGES_SECONDS, Connector

logger = logging.getLogger(__name__)

TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
LONGEST_WAIT = 3.0
_TICKET = re.compile(r"(wss?://[^\s'\"?]+)\?[^\s'\")]+")


class ShortRateLimits(AsyncRateLimitErrorRetryHandler):
    """Waits for a rate limit of a few seconds. A longer one is left to the caller, who can put the work off."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is None or response.status_code != 429:
            return False
        return _asked(response) <= LONGEST_WAIT

    async def prepare_for_next_attempt_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        """Wait as slack_sdk does, which reads only whole numbers."""
        state.next_attempt_requested = True
        await asyncio.sleep((_asked(response) if response else 0) + random.random())  # noqa: S311  no secret
        state.increment_current_attempt()


def _asked(response: HttpResponse) -> float:
    return wait_of({name: values[0] for name, values in response.headers.items() if values})


class WebClient(AsyncWebClient):
    """slack_sdk's client, which remembers whether Slack takes its token."""

    told: Callable[[str], None] | None = None
    """Takes note of the date of each of Slack's answers."""
    token_refused = ""
    """Slack's word for why it refused the token at the last answer; empty if it took it."""
    _taken = False

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.pace = Pace()

    async def api_call(self, api_method: str, **arguments: Any) -> AsyncSlackResponse:
        """Call a method. Raises what slack_sdk does; SlackRefusal without a call, if Slack asked for a long wait."""
        channel = str((arguments.get("json") or arguments.get("params") or {}).get("channel", ""))
        if (wait := self.pace.wait(api_method, channel)) > LONGEST_WAIT:
            raise SlackRefusal(Meaning.NOT_NOW, "ratelimited", retry_after=wait)
        if wait:
            await self.pace.pause(wait)
        self.pace.called(api_method)
        try:
            answer = await super().api_call(api_method, **arguments)
        except SlackApiError as error:
            refused = refusal_of(error)
            if asked := retry_after(getattr(error.response, "headers", None) or {}):
                self.pace.refused(api_method, channel, asked)
            if refused.meaning is Meaning.UNAUTHORIZED and self.token:  # without one, another was given
                self._learn(refused.code)
            elif refused.meaning is not Meaning.NOT_NOW:  # which may say nothing about the token
                self._learn("")
            raise
        self._learn("")
        if self.told:
            self.told(str(answer.headers.get("Date", "")))
        return answer

    def _learn(self, code: str) -> None:
        if code and not self.token_refused and self._taken:  # at the start, the connection's end says it
            logger.error(
                "Slack refuses the bot's token (%s): reinstall the app, and set SLACK_BOT_TOKEN to its token", code
            )
        if self.token_refused and not code:
            logger.info("Slack takes the bot's token again")
        self.token_refused = code
        self._taken = self._taken or not code


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class SlackClient:
    """What is needed to call Slack as the bot, and where it is installed."""

    api: WebClient
    session: aiohttp.ClientSession
    installed: AuthorizeResult
    """What auth.test said at the start."""
    scopes: frozenset[str] | None = None
    """What the token may do; None if that isn't known."""

    @property
    def bot_name(self) -> str:
        """The bot's name, as people mention it."""
        return self.installed.user or ""

    def may(self, scope: str) -> bool:
        """Return whether the token has an optional scope, as far as is known."""
        return self.scopes is None or scope in self.scopes

    def permalink(self, channel: str, ts: str, thread: str = "") -> str:
        """Return the URL of a message, in the form that chat.getPermalink gives; of a reply with its thread."""
        workspace = (self.installed.url or "").rstrip("/")
        where = f"?thread_ts={thread}&cid={channel}" if thread else ""
        return f"{workspace}/archives/{channel}/p{ts.replace('.', '')}{where}" if workspace else ""


@asynccontextmanager
async def connected(
    token: str, api_url: str, ways_out: WaysOut = DIRECT, *, clock: PlatformClock | None = None
) -> AsyncIterator[SlackClient]:
    """Open the session, ask who the bot is, and yield the client. Raises TokenRefused, DeliveryError.

    Slack's answers set `clock`.
    """
    connector = Connector(ways_out, kept=KEPT_FOR_IMAGES_SECONDS)
    async with aiohttp.ClientSession(timeout=TIMEOUT, connector=connector) as session:
        client = web_client(token, api_url, session)
        client.told = clock.told if clock else None
        with refused_token.told("SLACK_BOT_TOKEN", refused_token.BOT_TOKEN), translated():
            identity = await client.auth_test()
            text_in(identity, "user_id")  # else it was not Slack that answered
        installed = AuthorizeResult.from_auth_test_response(bot_token=token, auth_test_response=identity)
        scopes = granted_scopes(identity.headers)
        yield SlackClient(api=client, session=session, installed=installed, scopes=scopes)


def granted_scopes(headers: Mapping[str, str]) -> frozenset[str] | None:
    """Return the scopes of the token, which Slack lists in a header of every answer; None if a proxy left it out."""
    said = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), None)
    return None if said is None else frozenset(scope.strip() for scope in said.split(","))


def web_client(token: str | None, api_url: str, session: aiohttp.ClientSession) -> WebClient:
    """Build a client on `session`.

    By default slack_sdk repeats a request after a broken connection, so that a chat.postMessage whose answer was lost
    would be posted twice. Here only a rate-limited request is repeated, which certainly was not processed.
    """
    return WebClient(
        token=token,
        base_url=api_url,
        session=session,
        retry_handlers=[ShortRateLimits()],
        logger=sdk_logger(),
    )


def sdk_logger() -> logging.Logger:
    """Return the logger for slack_sdk and Bolt, which at `debug` write whole payloads: prompts, URLs, tickets."""
    logger = logging.getLogger("adapters.slack.sdk")
    logger.setLevel(logging.INFO)
    logger.addFilter(_without_tickets)
    return logger


# Bolt says this where SLACK_BOT_TOKEN is in the environment, since the bot authorizes in its own way.
_MISLEADING = "`token` (or SLACK_BOT_TOKEN env variable) will be ignored"


def _without_tickets(record: logging.LogRecord) -> bool:
    """Remove the query from WebSocket URLs: it contains a ticket that lets anyone connect as the app."""
    if _MISLEADING in record.getMessage():
        return False
    record.msg, record.args = _TICKET.sub(r"\1", record.getMessage()), ()
    error = record.exc_info[1] if record.exc_info else None
    # A broken connection is expected; the SDK would log a traceback for each answer that it could not send.
    if isinstance(error, aiohttp.ClientError | ConnectionError) or _TICKET.search(str(error)):
        record.exc_info, record.exc_text = None, None
    return True
