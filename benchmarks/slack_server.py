"""A minimal Slack: it sends commands over Socket Mode, and its Web API accepts every request."""

import itertools
import json
from typing import Any

from aiohttp import WSMsgType, web

from benchmarks.score import Score
from tests.fakes import slack_payloads as payloads
from tests.fakes.slack_world import APP, BOT, TEAM, World

Json = dict[str, Any]
BOT_TOKEN, APP_TOKEN = "xoxb-benchmark", "xapp-benchmark"
SCOPES = "commands,chat:write,files:write,files:read,im:write,users:read"


class SlackServer:
    """The Web API below `/slack/`, the file store at `/upload/`, Socket Mode at `/link/`."""

    def __init__(self, score: Score) -> None:
        self._score, self._world = score, World()
        self._sockets: list[web.WebSocketResponse] = []
        self._numbers = itertools.count(1)
        self._host = ""

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.route("*", "/slack/{method}", self._call),
            web.post("/upload/{file}", self._upload),
            web.get("/link/", self._connect),
            web.post("/hook/{command}", self._refusal),
        ]

    async def ask(self, number: int) -> None:
        """Send a user's `/imagine` command to one of the bot's connections, as Slack does."""
        if not self._sockets:
            raise RuntimeError("nobody is connected")
        name = f"{next(self._numbers)}"
        person, channel = self._world.person(f"person-{number}"), self._world.channel("design")
        hook = f"http://{self._host}/hook/{name}"
        command = payloads.slash_command("/imagine", "a boat", person=person, channel=channel, trigger=name, hook=hook)
        envelope = {"envelope_id": name, "type": "slash_commands", "payload": command, "accepts_response_payload": True}
        self._score.asked(name)
        await self._sockets[number % len(self._sockets)].send_json(envelope)

    async def _connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {}})
        self._sockets.append(socket)
        self._host = request.host
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                self._score.answered(json.loads(frame.data).get("envelope_id", ""))
        self._sockets.remove(socket)
        return socket

    async def _refusal(self, _: web.Request) -> web.Response:
        """Nothing else of a command is sent to its asker alone."""
        self._score.refused()
        return web.Response(text="ok")

    async def _upload(self, request: web.Request) -> web.Response:
        await request.read()
        self._score.called()
        return web.Response(text="OK")

    async def _call(self, request: web.Request) -> web.Response:
        method, body = request.match_info["method"], await request.text()
        self._score.called()
        if method == "chat.update" and "slack_file" in body:
            self._score.done()
        if method == "chat.postEphemeral":
            self._score.refused()
        answer = {"ok": True, **self._answer(method, request.host)}
        return web.json_response(answer, headers={"x-oauth-scopes": SCOPES})

    def _answer(self, method: str, host: str) -> Json:
        match method:
            case "auth.test":
                return {"url": "https://work.slack.com/", "team": "Work", "user": "imagine", "team_id": TEAM,
                        "user_id": BOT, "bot_id": "B0IMAGINE", "is_enterprise_install": False}  # fmt: skip
            case "apps.connections.open":
                return {"url": f"ws://{host}/link/?ticket=1&app_id={APP}"}
            case "chat.postMessage":
                return {"channel": "C1", "ts": f"1781075000.{next(self._numbers):06}", "message": {}}
            case "files.getUploadURLExternal":
                file = f"F{next(self._numbers)}"
                return {"upload_url": f"http://{host}/upload/{file}", "file_id": file}
            case "files.info":
                return {"file": {"id": "F1", "mimetype": "image/png", "shares": {}}}
            case "users.info":
                return {"user": {"id": "U1", "name": "ada", "is_admin": False, "is_owner": False, "locale": "en-US"}}
            case _:
                return {}
