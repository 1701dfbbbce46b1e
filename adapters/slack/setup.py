"""How Slack is set up: the app from its manifest, then its two tokens."""

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
from slack_sdk.errors import SlackApiError

from adapters.slack.client import TIMEOUT, WebClient, web_client
from adapters.slack.doctor import missing_scopes
from adapters.slack.manifest import described
from adapters.slack.refusals import refusal_of
from adapters.slack.settings import SlackSettings, commands_of
from bot.core.chat import Meaning
from bot.core.doctor import listed
from bot.core.message import Message, marked, message
from bot.core.setup import Holds, Place, Question, Talk, Verdict, Wrong
from bot.outgoing.connector import Connector, reason

MANIFEST_FILE = "slack-manifest.json"
_BOT_TOKEN, _APP_TOKEN = "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"
_NEW = "https://api.slack.com/apps?new_app=1&manifest_json="
# The app's id within its app token. Slack promises no such form, so that alone refuses nothing.
_APP_ID = re.compile(r"xapp-\d+-(A[A-Z0-9]+)-")


def new_app_url(written: Mapping[str, Any]) -> str:
    """Return the link that creates the app with all the settings of a manifest."""
    return _NEW + quote(json.dumps(written, separators=(",", ":")), safe=":,/")


def _bot_question(written: Mapping[str, Any]) -> Question[SlackSettings]:
    return Question(
        setting=_BOT_TOKEN,
        title="Slack",
        who="Slack",
        prompt=message("Paste the bot token, xoxb-… (hidden):"),
        intro=lambda: _intro(written),
        links=(new_app_url(written),),
        shape=_shape_of_bot_token,
        check=_check_bot_token,
    )


_APP_QUESTION: Question[SlackSettings] = Question(
    setting=_APP_TOKEN,
    title=marked("Slack's connection"),
    who="Slack",
    prompt=message("Paste the app token, xapp-… (hidden):"),
    intro=lambda: (),
    shape=lambda value: _shape_of_app_token(value),
    check=lambda settings: _check_app_token(settings),
)


def _intro(written: Mapping[str, Any]) -> Sequence[Message]:
    """Say what to do: Slack's dialog varies, so it is said what is meant rather than which button has which name.

    The link alone is a trap, and so is the manifest alone: some see an empty editor, others a *Create* that stays grey.
    """
    return (
        message("a) Open this link; it carries all settings:  {url}", url=new_app_url(written)),
        _same_elsewhere(written),
        message("b) choose your workspace → Create (and Install) → Allow"),
        message(
            '   "Request approval" instead? An admin has to say yes first; run `imagine-bot setup slack` again then.'
        ),
        message("c) Slack shows two tokens, at the end or later:"),
        message(
            "   bot token: Install App → Bot User OAuth Token.   "
            "app token: Basic Information → App-Level Tokens → Generate, scope connections:write"
        ),
    )


def _same_elsewhere(written: Mapping[str, Any]) -> Message:
    """Put the manifest into a file, to be pasted; where that can't be, show it."""
    text = json.dumps(written, indent=2, ensure_ascii=False) + "\n"
    try:
        Path(MANIFEST_FILE).write_text(text, "utf-8")
    except OSError:
        return message(
            '   (If Slack shows an empty box, choose "From a manifest" and paste this there. If Create stays grey, '
            "open the link again.)\n{manifest}",
            manifest=text,
        )
    return message(
        '   (They are also in ./{file}: choose "From a manifest" and paste them if Slack shows an empty box. If Create '
        "stays grey, open the link again.)",
        file=MANIFEST_FILE,
    )


def _shape_of_bot_token(value: str) -> Wrong | None:
    if value.startswith("xoxb-"):
        return None
    if value.startswith("xapp-"):
        said = message(
            "That is the app token (xapp-). It is kept for the next question. First the bot token (xoxb-), please."
        )
        return Wrong(said=said, belongs_to=_APP_TOKEN)
    return Wrong(said=_other_secret(value, message("The bot token begins with xoxb-.")))


def _shape_of_app_token(value: str) -> Wrong | None:
    if value.startswith("xapp-"):
        return None
    if value.startswith("xoxb-"):
        return Wrong(said=message("That is the bot token (xoxb-) again. The app token begins with xapp-."))
    return Wrong(said=_other_secret(value, message("The app token begins with xapp-.")))


def _other_secret(value: str, right: Message) -> Message:
    if value.startswith(("xoxe.", "xoxe-")):
        return message("That is a configuration token (xoxe). {right}", right=right)
    if value.startswith("xoxp-"):
        return message("That is a user token (xoxp-). {right}", right=right)
    if re.fullmatch(r"[0-9a-f]{32}", value):
        return message("That is a signing secret. {right}", right=right)
    if "://" in value:
        return message("That is an address. {right}", right=right)
    return message("That is something else. {right}", right=right)


async def _check_bot_token(settings: SlackSettings) -> Verdict:
    async with _asking(settings) as client:
        try:
            answer = await client.auth_test()
        except SlackApiError as error:
            return _refused(error)
    if missing := missing_scopes(answer.headers):
        said = message(
            'Missing permissions: {scopes}. Paste the manifest again, under App Manifest, then "Reinstall".',
            scopes=listed(missing),
        )
        return Verdict(holds=Holds.INCOMPLETE, said=said)
    said = message('{user} in "{team}"', user=str(answer.get("user")), team=str(answer.get("team")))
    return Verdict(holds=Holds.ACCEPTED, said=said, found=str(answer.get("app_id") or ""))


async def _check_app_token(settings: SlackSettings) -> Verdict:
    token = settings.slack_app_token.get_secret_value() if settings.slack_app_token else ""
    async with _asking(settings) as client:
        try:
            await client.apps_connections_open(app_token=token)
        except SlackApiError as error:
            return _refused(error)
        app = await _app_of_bot(client)
    named = _APP_ID.match(token)
    if app and named and named[1] != app:
        said = message(
            "These two belong to different apps ({app}, {other}). Take both from one app.", app=app, other=named[1]
        )
        return Verdict(holds=Holds.DOUBTFUL, said=said, go_on=False)
    return Verdict(holds=Holds.ACCEPTED, said=message("connected"))


async def _app_of_bot(client: WebClient) -> str:
    """Return the id of the app that the bot token belongs to; an empty one if Slack doesn't say."""
    try:
        return str((await client.auth_test()).get("app_id") or "")
    except SlackApiError:
        return ""


def _refused(error: SlackApiError) -> Verdict:
    """Return the verdict about a token that Slack refuses. Raises OSError for an answer that says nothing about it."""
    refusal = refusal_of(error)
    if refusal.meaning is Meaning.NOT_NOW:
        raise ConnectionError(message("Slack answered {code}. Try again later.", code=refusal.code)) from error
    if refusal.code == "missing_scope":
        said = message("It lacks a permission: generate another one, with the scope connections:write.")
        return Verdict(holds=Holds.REFUSED, said=said)
    said = message(
        "Slack refuses it ({code}). Copy it with Slack's Copy button; marked by hand it is cut short.",
        code=refusal.code,
    )
    return Verdict(holds=Holds.REFUSED, said=said)


@asynccontextmanager
async def _asking(settings: SlackSettings) -> AsyncIterator[WebClient]:
    """Yield a client. Raises OSError."""
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    try:
        async with aiohttp.ClientSession(timeout=TIMEOUT, connector=Connector(settings.ways_out)) as session:
            yield web_client(token, settings.slack_api_url, session)
    except TimeoutError:
        raise
    except aiohttp.ClientError as error:
        raise ConnectionError(message("Slack can't be reached ({error}).", error=reason(error))) from error


async def set_up(talk: Talk[SlackSettings]) -> Place:
    """Ask for everything, and return where the bot can be tried."""
    written = described(commands_of(talk.settings), locale=talk.locale)
    talk.link("slack-manifest", new_app_url(written))
    found = (await talk.secret(_bot_question(written))).found
    if talk.settings.slack_app_token or not talk.settings.slack_signing_secret:  # else it is HTTP mode
        await talk.secret(_APP_QUESTION)
    typed = commands_of(talk.settings).typed["imagine"]
    return Place(command=typed, url=f"https://slack.com/app_redirect?app={found}" if found else "")
