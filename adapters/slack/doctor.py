"""What `imagine-bot doctor` checks on Slack."""

from collections.abc import Mapping

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.client import TIMEOUT, web_client
from adapters.slack.manifest import SCOPES
from adapters.slack.refusals import code_of
from bot.core.doctor import Check

_REINSTALL = "create the app from `imagine-bot slack-manifest`, or add them under OAuth & Permissions, and reinstall it"


async def checks(*, bot_token: str, app_token: str | None, signing_secret: str | None, api_url: str) -> list[Check]:
    """Check that the tokens work and have the needed scopes. The result names missing scopes."""
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        client = web_client(bot_token, api_url, session)
        results = await _bot_token(client)
        if app_token:
            results.append(await _app_token(client, app_token))
        else:
            results.append(_http_mode(signing_secret))
        return results


async def _bot_token(client: AsyncWebClient) -> list[Check]:
    name = "Slack bot token"
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        advice = "copy the Bot User OAuth Token (xoxb-…) from OAuth & Permissions into SLACK_BOT_TOKEN"
        return [Check(name=name, ok=False, detail=f"Slack answers {code_of(error)}", advice=advice)]
    except (aiohttp.ClientError, TimeoutError) as error:
        return [_unreachable(name, error)]
    known = Check(name=name, ok=True, detail=f"{answer.get('user')} in {answer.get('team')}")
    return [known, _scopes(answer.headers)]


def _scopes(headers: Mapping[str, str]) -> Check:
    """Compare the scopes in use with those of the token, which Slack lists in a header of every answer."""
    said = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), "")
    granted = {scope.strip() for scope in said.split(",")}
    missing = [scope for scope in SCOPES if scope not in granted]
    if missing:
        detail = "missing: " + ", ".join(f"{scope} (to {SCOPES[scope]})" for scope in missing)
        return Check(name="Slack scopes", ok=False, detail=detail, advice=_REINSTALL)
    return Check(name="Slack scopes", ok=True, detail="all granted")


async def _app_token(client: AsyncWebClient, app_token: str) -> Check:
    name = "Slack app token"
    try:
        await client.apps_connections_open(app_token=app_token)
    except SlackApiError as error:
        advice = (
            "make an App-Level Token (xapp-…) with connections:write under Basic Information, put it into "
            "SLACK_APP_TOKEN, and see that Socket Mode is on"
        )
        return Check(name=name, ok=False, detail=f"Slack answers {code_of(error)}", advice=advice)
    except (aiohttp.ClientError, TimeoutError) as error:
        return _unreachable(name, error)
    return Check(name=name, ok=True, detail="Socket Mode may connect")


def _http_mode(signing_secret: str | None) -> Check:
    if signing_secret:
        return Check(
            name="Slack HTTP mode", ok=True, detail="a signing secret is set; Slack has to reach /slack/events"
        )
    advice = "set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP mode"
    return Check(name="Slack transport", ok=False, detail="neither an app token nor a signing secret", advice=advice)


def _unreachable(name: str, error: Exception) -> Check:
    advice = "see whether this machine reaches Slack, and whether SLACK_API_URL is right"
    return Check(name=name, ok=False, detail=f"Slack was not reached: {type(error).__name__}", advice=advice)
