"""A minimal Discord: its WebSocket gateway sends commands, and its REST API accepts every request."""

import json
from typing import Any

from aiohttp import WSMsgType, web

from benchmarks.score import Score
from tests.fakes import discord_payloads as payloads
from tests.fakes.discord_faults import json_response
from tests.fakes.discord_world import APPLICATION, CHANNEL, GUILD, Interaction, Message, World

Json = dict[str, Any]
TOKEN = "token"
_FOR_ONE = 64
"""The flag of a message that the asker alone sees, as a refusal is."""


class DiscordServer:
    """REST below `/api/v10`, Discord's gateway at `/gateway`."""

    def __init__(self, score: Score) -> None:
        self._score, self._world = score, World()
        self._shown: dict[str, str] = {}
        """The response to each interaction, by its token."""
        self._socket: web.WebSocketResponse | None = None
        self._sequence = 0
        self._commands: list[Json] = []

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        api = "/api/v10"
        return [
            web.get(f"{api}/users/@me", self._me),
            web.get(f"{api}/applications/@me", self._application),
            web.get(f"{api}/oauth2/applications/@me", self._application),
            web.get(f"{api}/gateway/bot", self._gateway),
            web.get(f"{api}/applications/{{application}}/commands", self._registered),
            web.put(f"{api}/applications/{{application}}/commands", self._register),
            web.post(f"{api}/interactions/{{interaction}}/{{token}}/callback", self._callback),
            web.patch(f"{api}/webhooks/{{application}}/{{token}}/messages/{{message}}", self._edit),
            web.get("/gateway", self._connect),
        ]

    async def ask(self, number: int) -> None:
        """Send a user's `/imagine` command to the bot."""
        data = {"id": "1", "name": "imagine", "type": 1, "options": [{"name": "prompt", "type": 3, "value": "a boat"}]}
        person = self._world.person(f"person-{number}")
        asked = self._world.interact(kind=2, person=person, channel=CHANNEL, data=data)
        self._score.asked(asked.token)
        await self._tell("INTERACTION_CREATE", payloads.interaction(asked, self._world))

    async def _me(self, _: web.Request) -> web.Response:
        return json_response(payloads.bot())

    async def _application(self, _: web.Request) -> web.Response:
        return json_response(payloads.application(self._world))

    async def _gateway(self, request: web.Request) -> web.Response:
        limits = {"total": 1000, "remaining": 999, "reset_after": 86_400_000, "max_concurrency": 1}
        url = f"ws://{request.host}/gateway"
        return json_response({"url": url, "shards": 1, "session_start_limit": limits})

    async def _registered(self, _: web.Request) -> web.Response:
        return json_response(self._commands)

    async def _register(self, request: web.Request) -> web.Response:
        added = {"id": "1", "application_id": APPLICATION, "version": "1"}
        self._commands = [{**command, **added} for command in await request.json()]
        return json_response(self._commands)

    async def _callback(self, request: web.Request) -> web.Response:
        body = await request.json()
        token = request.match_info["token"]
        self._score.called()
        self._score.answered(token)
        if body["data"].get("flags", 0) & _FOR_ONE:
            self._score.refused()
        asked = self._world.interactions.get(token) or _nobody(request)
        self._shown[token] = self._world.snowflake()
        shown = Message(id=self._shown[token], channel=CHANNEL, content=body["data"]["content"])
        return json_response(payloads.callback(asked, shown, 4))

    async def _edit(self, request: web.Request) -> web.Response:
        await request.read()
        self._score.called()
        if request.content_type.startswith("multipart"):
            self._score.done()
        response = self._shown[request.match_info["token"]]
        return json_response(payloads.message(Message(id=response, channel=CHANNEL, content="an image")))

    async def _connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._socket, self._sequence = socket, 0
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41_250}, "s": None, "t": None})
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                await self._receive(json.loads(frame.data), request.host)
        return socket

    async def _receive(self, frame: Json, host: str) -> None:
        if frame["op"] == 1 and self._socket:
            await self._socket.send_json({"op": 11, "d": None, "s": None, "t": None})
        if frame["op"] == 2:
            ready = {
                "v": 10,
                "user": payloads.bot(),
                "guilds": [{"id": GUILD, "unavailable": True}],
                "session_id": "session",
                "resume_gateway_url": f"ws://{host}/gateway",
                "application": {"id": APPLICATION, "flags": 0},
            }
            await self._tell("READY", ready)
            await self._tell("GUILD_CREATE", payloads.guild(self._world))

    async def _tell(self, event: str, body: Json) -> None:
        if self._socket is None:
            raise RuntimeError("nobody is connected")
        self._sequence += 1
        await self._socket.send_json({"op": 0, "d": body, "s": self._sequence, "t": event})


def _nobody(request: web.Request) -> Interaction:
    return Interaction(
        id=request.match_info["interaction"], token="", type=2, user="1", channel=CHANNEL, data={}, file_limit=0, sent=0
    )
