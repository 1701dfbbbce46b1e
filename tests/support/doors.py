"""Each door by which text of others enters: a way to send a text through it, and what the bot then has of it.

A module that reads something from outside belongs to one of these; `tests.system.test_doors` finds those that don't.
"""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, redirect_stderr, suppress
from functools import cache
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, cast

import discord
from aiohttp import ClientResponse
from multidict import CIMultiDict
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import OperationalError

from adapters.discord import parse as discord_parse
from adapters.discord.refusals import described, meaning
from adapters.discord.seal import Seal
from adapters.discord.waits import Waits
from adapters.slack import parse as slack_parse
from adapters.slack.commands import SlackCommands
from adapters.slack.interaction import Interaction
from adapters.slack.refusals import details_of, refusal_of
from adapters.slack.signed import Refused, SignedRequests
from adapters.web import parse as page_parse
from adapters.web.key import Key
from adapters.web.language import COOKIE as LANGUAGE
from adapters.web.visitor import COOKIE, newcomer, shown_proof, visitor
from bot.cli.doctor import shown
from bot.cli.language import spoken
from bot.cli.main import parser
from bot.cli.settings_read import remarks
from bot.cli.terminal import one_line
from bot.cometapi.answers import read_answer, request_id
from bot.cometapi.offers import read_offers
from bot.core.doctor import Check
from bot.core.errors import DeliveryError, ProviderError
from bot.core.image import Generation
from bot.core.language.catalogues import ENGLISH
from bot.core.model import Fault
from bot.core.origin import Address, Conversation, Origin, User
from bot.core.platform_clock import PlatformClock
from bot.core.refusals import UsageError
from bot.core.retry_after import retry_after
from bot.environment import ENV_FILE
from bot.settings import SettingsError, load
from storage.advice import database_trouble, store_trouble
from tests.fakes import discord_payloads as payloads
from tests.fakes.discord_world import CHANNEL, World
from tests.fakes.discord_world import Interaction as Sent
from tests.support.builders import MovableClock

Door = Callable[[str], Iterator[object]]
"""Sends a text through a door, and yields what has come in."""

_WORLD = World()
_CLIENT = discord.Client(intents=discord.Intents.none())
_CLIENT._connection.user = discord.ClientUser(state=_CLIENT._connection, data=cast("Any", payloads.bot()))
_PLACE = Address(platform="slack")
_SEAL = Seal("a secret")
_KEY = Key("a key of the page")
_SIGNED = SignedRequests("a secret", MovableClock())


def slack_commands(words: str) -> Iterator[object]:
    names = "team_id enterprise_id user_id user_name channel_id channel_name response_url trigger_id text command"
    body = dict.fromkeys(names.split(), words)
    interaction = Interaction.of_command(body)
    yield interaction.user, interaction.channel, interaction.user_name, interaction.channel_name
    yield interaction.address.conversation
    text = slack_parse.decode(slack_parse.text_of(body, "U0IMAGINEBOT"))
    yield slack_parse.command_event(body, interaction, SlackCommands(), text)


def slack_presses(words: str) -> Iterator[object]:
    state = {"values": {"prompt": {"x": {"value": words}}, "size": {"x": {"selected_option": {"value": words}}}}}
    kept = json.dumps(dict.fromkeys(("channel", "name", "response_url", "model"), words))
    body: dict[str, Any] = {
        "user": dict.fromkeys(("id", "username", "name", "team_id"), words),
        "team": {"id": words},
        "channel": {"id": words, "name": words},
        "message": {"ts": words},
        "trigger_id": words,
        "actions": [{"action_id": f"imagine:{words}", "value": words}],
        "view": {"id": words, "hash": words, "private_metadata": kept, "state": state},
    }
    interaction = Interaction.of_interaction(body)
    kept = interaction.metadata("0661315a9999999999zzzzzzzz")
    assert len(kept) <= 3000  # https://docs.slack.dev/reference/views
    yield kept
    yield slack_parse.button_event(body, interaction)
    yield slack_parse.submitted(body, interaction)


def slack_events(words: str) -> Iterator[object]:
    """Read what is said to the bot, with hostile words for everything."""
    event = {"type": "app_mention", **dict.fromkeys(("user", "channel", "ts", "text", "team", "thread_ts"), words)}
    body = {"team_id": words, "event": event, "authorizations": [{"team_id": words, "enterprise_id": words}]}
    if not slack_parse.is_spoken(body, "U0IMAGINEBOT"):  # whose ids are empty
        return
    interaction = Interaction.of_event(body)
    yield interaction
    yield slack_parse.spoken_event(body, interaction, slack_parse.decode(slack_parse.text_of(body, "U0IMAGINEBOT")))


def slack_requests(words: str) -> Iterator[object]:
    header = _as_header(words)
    heads = {"X-Slack-Signature": header, "X-Slack-Request-Timestamp": header, "Content-Type": header}
    try:
        _SIGNED.look(cast("Any", SimpleNamespace(headers=CIMultiDict(heads), content_length=1, content_type=header)))
    except Refused as refused:
        yield refused, refused.status.phrase


def slack_answers(words: str) -> Iterator[object]:
    data = {"ok": False, "error": words, "needed": words, "response_metadata": {"messages": [words]}}
    for status in (200, 429, 500):
        answer = SimpleNamespace(data=data, status_code=status, headers={"Retry-After": words}, api_url=words)
        error = cast("Any", SlackApiError)(words, answer)
        refused = refusal_of(error)
        yield refused, refused.scope, details_of(error)
    user = {"profile": {"display_name": words}, "locale": words, "team_id": words}
    yield Origin(**_origin(slack_parse.person(user).name))


def discord_interactions(words: str) -> Iterator[object]:
    options = [{"name": name, "type": 3, "value": words} for name in ("prompt", "size")]
    fields = [{"type": 1, "components": [{"type": 4, "custom_id": "prompt", "value": words}]}]
    for kind, data in (
        (2, {"id": "1", "name": words, "type": 1, "options": options}),
        (3, {"custom_id": f"again:{words}", "component_type": 2}),
        (5, {"custom_id": f"form:{words}", "components": fields}),
    ):
        sent = Sent(id="1", token="t", type=kind, user="7", channel=CHANNEL, data=data, file_limit=1, sent=0)
        payload = payloads.interaction(sent, _WORLD)
        payload["channel"] |= {"name": words}
        payload["member"] |= {"nick": words}
        interaction = discord.Interaction(data=cast("Any", payload), state=_CLIENT._connection)
        interaction.extras.update(discord_parse.beside(payload))
        yield discord_parse.event(interaction, _SEAL)
        yield discord_parse.address(interaction, _SEAL).name


def discord_answers(words: str) -> Iterator[object]:
    body = {"code": words, "message": words, "retry_after": words, "global": words}
    for status in (400, 403, 429, 500):
        headers = {"Retry-After": words, "X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": words}
        response = SimpleNamespace(status=status, reason=words, headers=headers)
        error = discord.HTTPException(cast("ClientResponse", response), cast("Any", body))
        yield described(error), meaning(error)
        waits = Waits(MovableClock())
        waits.used_up("PATCH", words, headers)
        try:
            waits.refused("PATCH", words, headers, json.dumps(body).encode())
        except discord.RateLimited as limited:
            yield limited


def page_requests(words: str) -> Iterator[object]:
    header = _as_header(words)
    heads = {"Accept-Language": header, "Authorization": f"Bearer {header}", "Cookie": f"{COOKIE}={header}"}
    request = cast("Any", SimpleNamespace(headers=CIMultiDict(heads), cookies={LANGUAGE: header}, query={}))
    assert visitor(request, _KEY) is None
    assert not _KEY.is_(shown_proof(request))
    who = newcomer(request)
    try:
        key = page_parse.read_press(json.dumps({"key": words, "prompt": words}).encode()).key
        asked = page_parse.read_command(json.dumps({"text": words, "options": {"size": words}, "key": key}).encode())
    except (page_parse.BadBody, UsageError) as error:
        yield error.word if isinstance(error, page_parse.BadBody) else error
        asked = page_parse.Asked(command=words, text=words, options={words: words}, key=words)
    yield page_parse.command_event(asked, who, words)


def gateway_answers(words: str) -> Iterator[object]:
    for body in (
        {"error": {"message": words, "code": words, "type": words}},
        {"error": words},
        {"message": words, "code": words},
        {"data": [{"b64_json": "AAAA", "revised_prompt": words}, {"url": words}]},
    ):
        answer = read_answer(json.dumps(body).encode())
        number = request_id({"X-Request-Id": words}, answer)
        error = ProviderError(Fault.UNCLEAR, answer.error.message if answer.error else words, request_id=number)
        yield error, error.request_id
        yield Generation(image=b"", revised_prompt=answer.revised_prompt, request_id=number)


def gateway_lists(words: str) -> Iterator[object]:
    record = {"id": words, "endpoints": [words], "shutdown_date": words, "pricing": words, "api_doc_url": words}
    yield from read_offers(json.dumps({"data": [record]}).encode()) or ()


def headers(words: str) -> Iterator[object]:
    yield retry_after({"Retry-After": words, "Retry-After-Ms": words, "Date": words})
    clock = PlatformClock(MovableClock(), "Slack")
    clock.told(words)
    yield clock.now()


def storage_errors(words: str) -> Iterator[object]:
    yield str(database_trouble("postgresql://db/imagine", OperationalError("SELECT", {}, Exception(words))))
    yield str(store_trouble("s3://pictures", "{place}: {error}. {advice}", OSError(words)))
    yield DeliveryError(words)


def terminal(words: str) -> Iterator[object]:
    yield shown(Check(name="key", ok=False, detail=words), ENGLISH)
    yield spoken(ValueError(words), ENGLISH)


def settings(words: str) -> Iterator[object]:
    written = words[:2000].encode("utf-8", "ignore").decode()
    with TemporaryDirectory() as folder, chdir(folder):
        Path(ENV_FILE).write_text(f"{written}\nHTTP_PORT={written}\nLANGUAGE_FOLDER='{written}'\n", "utf-8")
        try:
            read = load()
        except SettingsError as error:
            yield spoken(error, ENGLISH).split("\n")
        else:
            yield from map(one_line, map(str, remarks(read.file)))


def command_line(words: str) -> Iterator[object]:
    with redirect_stderr(StringIO()) as said, suppress(SystemExit):
        _parser().parse_args(["doctor", f"--{words}", words])
    yield said.getvalue().rstrip("\n").rpartition("\n")[2]


@cache
def _parser() -> ArgumentParser:
    return parser()[0]


def _as_header(words: str) -> str:
    """Return what can be in a header: bytes, which are never half of a character."""
    return words.encode("utf-8", "ignore").decode()


def _origin(name: str) -> Mapping[str, Any]:
    return {
        "user": User(id=f"slack:{name}", name=name),
        "conversation": Conversation(id=name, name=name),
        "address": _PLACE,
        "locale": name,
        "key": name,
    }


DOORS: tuple[Door, ...] = (
    slack_commands,
    slack_presses,
    slack_events,
    slack_requests,
    slack_answers,
    discord_interactions,
    discord_answers,
    page_requests,
    gateway_answers,
    gateway_lists,
    headers,
    storage_errors,
    terminal,
    settings,
    command_line,
)

READ_BY: Mapping[str, tuple[Door, ...] | str] = {
    "adapters/discord/application.py": (discord_answers, terminal),
    "adapters/discord/refusals.py": (discord_answers,),
    "adapters/discord/waits.py": (discord_answers,),
    "adapters/discord/wire.py": (discord_answers, headers),
    "adapters/http/mounted.py": "one word, compared with the only one that it may be",
    "adapters/http/server.py": "only whether it is there",
    "adapters/slack/adapter.py": (slack_requests, slack_events),
    "adapters/slack/client.py": (slack_answers, headers),
    "adapters/slack/doctor.py": (terminal,),
    "adapters/slack/emoji.py": "a file of the bot's own",
    "adapters/slack/events.py": (slack_events,),
    "adapters/slack/interaction.py": (slack_presses,),
    "adapters/slack/setup.py": (terminal,),
    "adapters/slack/signed.py": (slack_requests,),
    "adapters/slack/socket.py": (slack_commands, slack_presses, slack_events),
    "adapters/slack/uploads.py": (slack_answers,),
    "adapters/web/key_file.py": "a file of the bot's own",
    "adapters/web/opening.py": (page_requests,),
    "adapters/web/handlers.py": (page_requests,),
    "adapters/web/middleware.py": (page_requests,),
    "adapters/web/page.py": "the name of a file of the page, compared with those that there are",
    "adapters/web/parse.py": (page_requests,),
    "adapters/web/visitor.py": (page_requests,),
    "bot/cli/doctor.py": "whether the terminal wants colours",
    "bot/cli/main.py": (command_line,),
    "bot/cli/running_bot.py": (terminal,),
    "bot/cli/setup/command.py": "only whether somebody sits there",
    "bot/cli/setup/console.py": (terminal,),
    "bot/cli/setup/env_file.py": "the operator's file, of which the other lines stay as they are",
    "bot/cli/setup/kept.py": (settings,),
    "bot/cometapi/client.py": (gateway_answers,),
    "bot/cometapi/connection.py": (gateway_answers,),
    "bot/cometapi/download.py": "an address, which is followed if it is public, and neither kept nor shown",
    "bot/cometapi/json_text.py": (gateway_answers, gateway_lists),
    "bot/cometapi/reading.py": (gateway_answers, headers),
    "bot/core/copies.py": "what the bot itself wrote into an address",
    "bot/environment.py": (settings,),
    "bot/outgoing/certificates.py": "the name of a file, which is put back as it was",
    "bot/sandbox/app.py": "the bot's own requests",
    "bot/settings.py": (settings,),
    "storage/bucket.py": (settings, storage_errors),
}
"""Which modules read something from outside, and by which doors that comes in; or why no text of others does."""
