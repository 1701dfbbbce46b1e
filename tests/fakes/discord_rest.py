"""Discord's REST API v10, as far as this bot uses it, and as strict as Discord is where this bot could go wrong."""

import json
import time
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from aiohttp import web

from tests.fakes import discord_commands as localized
from tests.fakes import discord_payloads as payloads
from tests.fakes.discord_faults import Faults, Handler, json_response
from tests.fakes.discord_schema import complaint
from tests.fakes.discord_world import (
    APPLICATION,
    EPHEMERAL,
    LOADING,
    Attachment,
    Interaction,
    Message,
    RestError,
    World,
)

MAX_REQUEST = 25 * 1024 * 1024
MAX_FOLLOWUPS = 5
# What each kind of interaction may be answered with.
# https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object
_ANSWERS = {2: {4, 5, 9}, 3: {4, 5, 6, 7, 9}, 4: {8}, 5: {4, 5, 6, 7}}


class Rest:
    """The routes, over a `World`."""

    def __init__(self, world: World, *, token: str, changed: Callable[[], None]) -> None:
        self.world, self.faults = world, Faults()
        self.requests: list[str] = []
        self.bodies: list[Any] = []
        """What the bot wrote for people, in the order of its arrival."""
        self.complaints: list[str] = []
        self.gateway_url = ""
        self.start_limit: Callable[[], dict[str, int]] = dict
        self.shards = 1
        self.token, self._changed = token, changed

    def application(self) -> web.Application:
        """Return the server's routes, below `/api/v10`."""
        app = web.Application(middlewares=[self._guard])
        hook = "/webhooks/{application}/{token}"
        app.add_routes(
            [
                web.get("/users/@me", self._me),
                web.get("/users/@me/guilds", self._servers),
                web.get("/applications/@me", self._application),
                web.get("/oauth2/applications/@me", self._application),
                web.get("/gateway/bot", self._gateway),
                web.get("/applications/{application}/commands", self._commands),
                web.put("/applications/{application}/commands", self._set_commands),
                web.get("/applications/{application}/guilds/{guild}/commands/{command}/permissions", self._permissions),
                web.get("/guilds/{guild}", self._server),
                web.get("/guilds/{guild}/members/{person}", self._member),
                web.post("/interactions/{interaction}/{token}/callback", self._callback),
                web.post(hook, self._follow_up),
                web.get(hook + "/messages/{message}", self._get_hook_message),
                web.patch(hook + "/messages/{message}", self._edit_hook_message),
                web.delete(hook + "/messages/{message}", self._delete_hook_message),
                web.get("/channels/{channel}", self._channel),
                web.post("/channels/{channel}/messages", self._create_message),
                web.patch("/channels/{channel}/messages/{message}", self._edit_message),
                web.delete("/channels/{channel}/messages/{message}", self._delete_message),
                web.post("/users/@me/channels", self._create_dm),
            ]
        )
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path.removeprefix('/api/v10')}")
        try:
            answer = await self.faults.apply(request, self._authorised(handler))
        except RestError as error:
            answer = json_response({"message": error.message, "code": error.code}, status=error.status)
        finally:
            self._changed()  # also if nothing of it was done
        answer.headers.setdefault("Date", formatdate(self.world.now(), usegmt=True))
        return answer

    def _authorised(self, handler: Handler) -> Handler:
        async def checked(request: web.Request) -> web.StreamResponse:
            by_interaction = "token" in request.match_info
            if not by_interaction and request.headers.get("Authorization") != f"Bot {self.token}":
                raise RestError(401, 0, "401: Unauthorized")
            try:
                return await handler(request)
            finally:
                self._changed()

        return checked

    async def _me(self, request: web.Request) -> web.Response:
        return json_response(payloads.bot())

    async def _application(self, request: web.Request) -> web.Response:
        return json_response(payloads.application(self.world))

    async def _servers(self, request: web.Request) -> web.Response:
        return json_response([payloads.partial_guild(guild) for guild in sorted(self.world.bots_guilds)])

    async def _gateway(self, request: web.Request) -> web.Response:
        body = {"url": self.gateway_url, "shards": self.shards, "session_start_limit": self.start_limit()}
        return self._as_described("GET /gateway/bot", body)

    async def _commands(self, request: web.Request) -> web.Response:
        whole = request.query.get("with_localizations") in {"1", "true"}
        return json_response([localized.given(each, with_localizations=whole) for each in self.world.commands])

    async def _set_commands(self, request: web.Request) -> web.Response:
        body, _ = await self._body(request, "PUT /applications/{application_id}/commands")
        if any(not set(command.get("integration_types") or ()) <= self.world.install_types for command in body):
            raise RestError(400, 50035, "Invalid Form Body: integration_types: not supported by this application")
        localized.check(body)
        self.world.commands = [_registered(command, self.world) for command in body]
        return json_response(self.world.commands)

    async def _permissions(self, request: web.Request) -> web.Response:
        guild, command = self._guild(request), request.match_info["command"]
        entries = self.world.command_permissions.get((guild, command))
        if not entries:
            raise RestError(404, 10066, "Unknown application command permissions")
        body = {"id": command, "application_id": APPLICATION, "guild_id": guild, "permissions": entries}
        path = "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}/permissions"
        return self._as_described(f"GET {path}", body)

    async def _channel(self, request: web.Request) -> web.Response:
        found = self.world.channel_for_bot(request.match_info["channel"])
        return json_response(payloads.channel(found, self.world))

    async def _server(self, request: web.Request) -> web.Response:
        return json_response({**payloads.guild(self.world), "id": self._guild(request)})

    async def _member(self, request: web.Request) -> web.Response:
        guild, person = self._guild(request), request.match_info["person"]
        if person not in self.world.members.get(guild, ()):
            raise RestError(404, 10007, "Unknown Member")
        return self._as_described("GET /guilds/{guild_id}/members/{user_id}", payloads.member(person, self.world))

    def _as_described(self, operation: str, body: Any) -> web.Response:
        """Answer, unless Discord never would: then this server is at fault."""
        if wrong := complaint(operation, body, "answers"):
            self.complaints.append(wrong)
        return json_response(body)

    def _guild(self, request: web.Request) -> str:
        """Return the server that is asked about. Raises RestError if the bot isn't a member of it."""
        guild = request.match_info["guild"]
        if guild not in self.world.bots_guilds:
            raise RestError(404, 10004, "Unknown Guild")
        return guild

    async def _callback(self, request: web.Request) -> web.Response:
        body, files = await self._body(request, "POST /interactions/{interaction_id}/{interaction_token}/callback")
        interaction = self.world.interactions.get(request.match_info["token"])
        late = interaction and time.monotonic() - interaction.sent > self.world.acknowledgement_seconds
        if interaction is None or late or interaction.id != request.match_info["interaction"]:
            raise RestError(404, 10062, "Unknown interaction")
        if interaction.response is not None:
            raise RestError(400, 40060, "Interaction has already been acknowledged.")
        if body["type"] not in _ANSWERS[interaction.type]:
            raise RestError(400, 50035, f"Invalid Form Body: type: {body['type']} does not answer this interaction")
        if any(_too_long(choice) for choice in (body.get("data") or {}).get("choices") or ()):
            raise RestError(400, 50035, "Invalid Form Body: data.choices: Must be between 1 and 100 in length.")
        shown = self._respond(interaction, body["type"], body.get("data") or {}, files)
        interaction.response = body
        interaction.original = shown.id if shown else None
        if request.query.get("with_response") in {"1", "true"}:
            return json_response(payloads.callback(interaction, shown, body["type"]))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    def _respond(
        self, interaction: Interaction, kind: int, body: dict[str, Any], files: dict[int, Attachment]
    ) -> Message | None:
        if kind in {6, 7}:
            pressed = self.world.messages.get(interaction.pressed or "")
            if kind == 7 and pressed:
                self.world.write(pressed, body, files, interaction.file_limit)
            return pressed
        if kind not in {4, 5}:
            return None
        private = self.world.forced_ephemeral or bool(int(body.get("flags") or 0) & EPHEMERAL)
        message = Message(
            id=self.world.snowflake(),
            channel=interaction.channel,
            flags=(EPHEMERAL if private else 0) | (LOADING if kind == 5 else 0),
            only_for=interaction.user if private else None,
        )
        if kind == 4:
            self.world.write(message, body, files, interaction.file_limit)
        self.world.messages[message.id] = message
        return message

    async def _get_hook_message(self, request: web.Request) -> web.Response:
        return json_response(payloads.message(self._hook_message(request)))

    async def _edit_hook_message(self, request: web.Request) -> web.Response:
        named = "@original" if request.match_info["message"] == "@original" else "{message_id}"
        body, files = await self._body(request, f"PATCH /webhooks/{{webhook_id}}/{{webhook_token}}/messages/{named}")
        message = self._hook_message(request)
        self.world.write(message, body, files, self.world.by_token(request.match_info["token"]).file_limit)
        return json_response(payloads.message(message))

    async def _delete_hook_message(self, request: web.Request) -> web.Response:
        self.world.delete(self._hook_message(request).id)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    def _hook_message(self, request: web.Request) -> Message:
        token, named = request.match_info["token"], request.match_info["message"]
        if named in self.world.by_token(token).followups and named in self.world.messages:
            return self.world.messages[named]
        original = self.world.original(token)
        if named not in {"@original", original.id}:
            raise RestError(404, 10008, "Unknown Message")
        return original

    async def _follow_up(self, request: web.Request) -> web.Response:
        body, files = await self._body(request, "POST /webhooks/{webhook_id}/{webhook_token}")
        interaction = self.world.by_token(request.match_info["token"])
        if interaction.response is None:
            raise RestError(404, 10015, "Unknown Webhook")
        channel = self.world.channels.get(interaction.channel)
        if channel is None:
            raise RestError(404, 10003, "Unknown Channel")
        if len(interaction.followups) >= MAX_FOLLOWUPS and not channel.bot_is_member:
            raise RestError(400, 40094, "This interaction has reached the maximum number of follow up messages")
        original = self.world.messages.get(interaction.original or "")
        if original and original.loading:  # the first one fills a deferred response, and is as private as that is
            self.world.write(original, body, files, interaction.file_limit)
            return json_response(payloads.message(original))
        private = self.world.forced_ephemeral or bool(int(body.get("flags") or 0) & EPHEMERAL)
        message = Message(
            id=self.world.snowflake(),
            channel=interaction.channel,
            flags=EPHEMERAL if private else 0,
            only_for=interaction.user if private else None,
        )
        self.world.write(message, body, files, interaction.file_limit)
        self.world.messages[message.id] = message
        interaction.followups.append(message.id)
        return json_response(payloads.message(message))

    async def _create_message(self, request: web.Request) -> web.Response:
        body, files = await self._body(request, "POST /channels/{channel_id}/messages")
        channel = self.world.channel_for_bot(request.match_info["channel"], posts=True)
        if channel.recipient in self.world.closed_dms:
            raise RestError(403, 50007, "Cannot send messages to this user")
        nonce = body.get("nonce")
        if body.get("enforce_nonce") and (posted := self.world.posted.get(nonce)):
            return json_response(payloads.message(self.world.message_in(*posted)))
        answered = body.get("message_reference") or {}
        named = str(answered.get("message_id", ""))
        if named and named not in self.world.messages and answered.get("fail_if_not_exists", True):
            raise RestError(400, 50035, "Invalid Form Body: message_reference: Unknown message")
        message = Message(id=self.world.snowflake(), channel=channel.id, nonce=nonce, answers=named or None)
        self.world.write(message, body, files, self.world.file_limit)
        self.world.messages[message.id] = message
        if nonce:
            self.world.posted[nonce] = channel.id, message.id
        return json_response(payloads.message(message))

    async def _edit_message(self, request: web.Request) -> web.Response:
        body, files = await self._body(request, "PATCH /channels/{channel_id}/messages/{message_id}")
        channel = self.world.channel_for_bot(request.match_info["channel"])
        message = self.world.message_in(channel.id, request.match_info["message"])
        self.world.write(message, body, files, self.world.file_limit)
        return json_response(payloads.message(message))

    async def _delete_message(self, request: web.Request) -> web.Response:
        channel = self.world.channel_for_bot(request.match_info["channel"])
        self.world.delete(self.world.message_in(channel.id, request.match_info["message"]).id)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _create_dm(self, request: web.Request) -> web.Response:
        body, _ = await self._body(request, "POST /users/@me/channels")
        return json_response(payloads.channel(self.world.direct_channel(str(body["recipient_id"])), self.world))

    async def _body(self, request: web.Request, operation: str) -> tuple[Any, dict[int, Attachment]]:
        if (request.content_length or 0) > MAX_REQUEST:
            raise RestError(413, 40005, "Request entity too large")
        body, files = await self._parts(request) if request.content_type.startswith("multipart") else (None, {})
        if body is None:
            body = await request.json()
        if wrong := complaint(operation, body):
            self.complaints.append(wrong)
            raise RestError(400, 50035, f"Invalid Form Body: {wrong}")
        if request.method != "PUT":
            self.bodies.append(body)
        return body, files

    async def _parts(self, request: web.Request) -> tuple[Any, dict[int, Attachment]]:
        body: Any = None
        files: dict[int, Attachment] = {}
        for name, part in (await request.post()).items():
            if name == "payload_json":
                body = json.loads(str(part))
            elif isinstance(part, web.FileField):
                number = int(name.removeprefix("files[").removesuffix("]"))
                files[number] = Attachment(
                    id=self.world.snowflake(),
                    name=part.filename,
                    description="",
                    data=part.file.read(),
                    media_type=part.content_type,
                )
        return body, files


def _too_long(choice: dict[str, Any]) -> bool:
    """Return whether a choice is too long, as Discord's clients count: in UTF-16 units. Its description says 6,000.

    https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-option-choice-structure
    """
    return any(not 1 <= len(str(choice[key]).encode("utf-16-le")) // 2 <= 100 for key in ("name", "value"))


def _registered(command: dict[str, Any], world: World) -> dict[str, Any]:
    """Return a command as Discord gives it back: with an id and with the defaults filled in."""
    return {
        "id": world.snowflake(),
        "application_id": APPLICATION,
        "version": world.snowflake(),
        "default_member_permissions": None,
        "dm_permission": True,
        "nsfw": False,
        "name_localizations": None,
        "description_localizations": None,
        "type": 1,
        **command,
        **({"options": [_option(each) for each in command["options"]]} if command.get("options") else {}),
    }


def _option(option: dict[str, Any]) -> dict[str, Any]:
    # Discord leaves out what is false, and adds the localisations.
    kept = {key: value for key, value in option.items() if value not in (False, None, [])}
    return {"name_localizations": None, "description_localizations": None, **kept}
