"""What `imagine-bot doctor` checks on Slack."""

from collections.abc import Mapping, Sequence

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import refused_token
from adapters.slack.client import TIMEOUT, granted_scopes, web_client
from adapters.slack.manifest import EVENTS, OPTIONAL_SCOPES, SCOPES
from adapters.slack.refusals import code_of
from bot.core import doctor
from bot.core.clock import SystemClock
from bot.core.doctor import Check, listed
from bot.core.message import Message, marked, message
from bot.core.platform_clock import PlatformClock
from bot.core.ways_out import DIRECT, WaysOut
from bot.outgoing.connector import Connector, reason

_REINSTALL = message(
    "Paste the manifest that `imagine-bot slack-manifest` prints: it also has the events that belong to them. "
    "Then reinstall the app."
)

_APP_TOKEN = marked("Slack app token")
# https://docs.slack.dev/authentication/tokens
_BOTS, _APPS = "xoxb-", "xapp-"


async def checks(
    *, bot_token: str, app_token: str | None, signing_secret: str | None, api_url: str, ways_out: WaysOut = DIRECT
) -> list[Check]:
    """Check that the tokens work and have the needed scopes. The result names missing scopes."""
    async with aiohttp.ClientSession(timeout=TIMEOUT, connector=Connector(ways_out)) as session:
        client, clock = web_client(bot_token, api_url, session), PlatformClock(SystemClock(), "Slack")
        client.told = clock.told
        results = [*await _bot_token(client, app_token), *doctor.clock("Slack", clock.offset)]
        if app_token and app_token.startswith(_BOTS):
            detail = message("SLACK_APP_TOKEN holds a bot token (xoxb-…).")
            results.append(Check(name=_APP_TOKEN, ok=False, detail=detail, advice=refused_token.APP_TOKEN))
        elif app_token:
            results.append(await _app_token(client, app_token))
        else:
            results.append(_http_mode(signing_secret))
        return results


async def _bot_token(client: AsyncWebClient, app_token: str | None) -> list[Check]:
    name = marked("Slack bot token")
    if wrong := _of_another_kind(client.token or "", app_token):
        return [Check(name=name, ok=False, detail=wrong, advice=refused_token.BOT_TOKEN)]
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        detail = message("Slack answered {code}.", code=code_of(error))
        return [Check(name=name, ok=False, detail=detail, advice=refused_token.BOT_TOKEN)]
    except (aiohttp.ClientError, TimeoutError) as error:
        return [_unreachable(name, error)]
    known = message("It belongs to {user} in {team}.", user=str(answer.get("user")), team=str(answer.get("team")))
    return [Check(name=name, ok=True, detail=known), _scopes(answer.headers)]


def _of_another_kind(bot_token: str, app_token: str | None) -> Message | None:
    """Return what SLACK_BOT_TOKEN holds instead of a bot's token, which can be seen without asking Slack."""
    if not bot_token:
        return message("SLACK_BOT_TOKEN is not set.")
    if not bot_token.startswith(_APPS):
        return None
    if (app_token or "").startswith(_BOTS):
        return message("It is the app token (xapp-…): SLACK_BOT_TOKEN and SLACK_APP_TOKEN are swapped.")
    return message("It is an app token (xapp-…).")


def _scopes(headers: Mapping[str, str]) -> Check:
    name, missing = marked("Slack scopes"), missing_scopes(headers)
    if missing is None:
        needed = ", ".join(SCOPES)
        detail = message("Slack doesn't say which ones are granted. These are needed: {scopes}", scopes=needed)
        return Check(name=name, ok=True, detail=detail)
    if missing:
        detail = message("These are missing: {scopes}", scopes=listed(missing))
        return Check(name=name, ok=False, detail=detail, advice=_REINSTALL)
    detail = message(
        "All are granted. Slack doesn't say whether it sends what people say to the bot ({events}): "
        "the manifest asks for that.",
        events=", ".join(EVENTS),
    )
    if declined := _lacking(OPTIONAL_SCOPES, granted_scopes(headers)):
        detail = message("{all} Optional ones were declined: {scopes}", all=detail, scopes=listed(declined))
    return Check(name=name, ok=True, detail=detail)


def missing_scopes(headers: Mapping[str, str]) -> Sequence[Message] | None:
    """Return the scopes that the bot needs and its token lacks, each with its reason; None if Slack doesn't say."""
    granted = granted_scopes(headers)
    return None if granted is None else _lacking(SCOPES, granted)


def _lacking(wanted: Mapping[str, str], granted: frozenset[str] | None) -> Sequence[Message]:
    missing = [scope for scope in wanted if scope not in (granted or ())]
    return [message("{scope} ({reason})", scope=scope, reason=Message(wanted[scope])) for scope in missing]


async def _app_token(client: AsyncWebClient, app_token: str) -> Check:
    name = _APP_TOKEN
    try:
        await client.apps_connections_open(app_token=app_token)
    except SlackApiError as error:
        detail = message("Slack answered {code}.", code=code_of(error))
        return Check(name=name, ok=False, detail=detail, advice=refused_token.APP_TOKEN)
    except (aiohttp.ClientError, TimeoutError) as error:
        return _unreachable(name, error)
    return Check(name=name, ok=True, detail=message("Socket Mode can connect."))


def _http_mode(signing_secret: str | None) -> Check:
    if signing_secret:
        detail = message("SLACK_SIGNING_SECRET is set. Slack must be able to reach /slack/events.")
        return Check(name=marked("Slack HTTP mode"), ok=True, detail=detail)
    detail = message("Neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set.")
    advice = message("Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP mode.")
    return Check(name=marked("Slack transport"), ok=False, detail=detail, advice=advice)


def _unreachable(name: str, error: Exception) -> Check:
    detail = message("Slack can't be reached ({error}).", error=reason(error))
    return Check(
        name=name, ok=False, detail=detail, advice=message("Check the network, and SLACK_API_URL if it is set.")
    )
