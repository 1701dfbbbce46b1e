"""Discord's gateway v10: hello, identify, ready, heartbeats, resume, and what goes wrong with it."""

import asyncio
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import aiohttp
from aiohttp import web

from tests.fakes import discord_payloads as payloads
from tests.fakes.discord_world import APPLICATION, GUILD, World

_DISPATCH, _HEARTBEAT, _IDENTIFY, _RESUME, _RECONNECT, _INVALID, _HELLO, _ACK = 0, 1, 2, 6, 7, 9, 10, 11
_BAD_TOKEN, _BAD_INTENTS = 4004, 4014
_SESSIONS_A_DAY = 1000
_NO_INTENT, _GUILDS_INTENT = 0, 1


@dataclass
class Session:
    """The events that one client got. They are kept after its connection is gone, for RESUME."""

    id: str
    events: list[tuple[str, Any]] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None


class Gateway:
    """The websocket side, over a `World`."""

    def __init__(self, world: World, *, token: str) -> None:
        self.url = ""
        self.resume_url = ""
        """The address for RESUME that READY names, if it is another one."""
        self.identified = self.opened = 0
        """How many new sessions were asked for, and how many connections came."""
        self.resumed = 0
        self.refusals = 0
        self.refuses_with = HTTPStatus.SERVICE_UNAVAILABLE
        self.refusal_says: dict[str, str] = {}
        self.cuts_after: float | None = None
        """Seconds after which each session is cut, once it is greeted."""
        self.forgets = False
        """Whether no session can be resumed."""
        self.closes_with = self.closes_resumes_with = 0
        """The codes with which the connection is closed after IDENTIFY, and after RESUME."""
        self.used_today = 0
        """New sessions of the day, before those of this test."""
        self.reset_after = 86_400_000
        self._world, self._token = world, token
        self._sessions: dict[str, Session] = {}
        self._arrived = asyncio.Condition()
        self._later: set[asyncio.Task[None]] = set()

    def start_limit(self) -> dict[str, int]:
        """Return what is left of the day's new sessions.

        https://docs.discord.com/developers/events/gateway#session-start-limit-object
        """
        left = max(_SESSIONS_A_DAY - self.used_today - self.identified, 0)
        return {"total": _SESSIONS_A_DAY, "remaining": left, "reset_after": self.reset_after, "max_concurrency": 1}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection; the next `refusals` handshakes fail."""
        self.opened += 1
        if self.refusals:
            self.refusals -= 1
            return web.Response(status=self.refuses_with, headers=self.refusal_says)
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        await socket.send_json({"op": _HELLO, "d": {"heartbeat_interval": 41_250}, "s": None, "t": None})
        session: Session | None = None
        async for frame in socket:
            if frame.type is aiohttp.WSMsgType.TEXT:
                session = await self._receive(socket, json.loads(frame.data)) or session
        if session and session.socket is socket:
            session.socket = None
        return socket

    async def dispatch(self, event: str, body: Any) -> None:
        """Tell every session; one that is away gets it when it resumes."""
        for session in self._sessions.values():
            await self._tell(session, event, body)

    async def wait_for_clients(self, count: int) -> None:
        """Wait until so many clients are connected."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self._connected()) >= count)

    async def wait_for_resumes(self, count: int) -> None:
        """Wait until sessions were resumed so many times."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: self.resumed >= count)

    async def wait_for_sessions(self, count: int) -> None:
        """Wait until new sessions were asked for so many times."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: self.identified >= count)

    async def cut(self) -> None:
        """Cut every connection, as a failing network does."""
        for socket in self._connected():
            await _cut(socket)

    async def reset_token(self, token: str) -> None:
        """Take another token from now on, and close every connection that was opened with the former one."""
        self._token = token
        for socket in self._connected():
            await socket.close(code=_BAD_TOKEN, message=b"Authentication failed.")

    async def ask_to_reconnect(self) -> None:
        """Send op 7 to every client."""
        for socket in self._connected():
            await socket.send_json({"op": _RECONNECT, "d": None, "s": None, "t": None})

    async def invalidate(self) -> None:
        """Forget every session, and tell the clients with op 9."""
        sockets = self._connected()
        self._sessions.clear()
        for socket in sockets:
            await socket.send_json({"op": _INVALID, "d": False, "s": None, "t": None})

    async def close(self) -> None:
        """Close every connection."""
        for task in self._later:
            task.cancel()
        for socket in self._connected():
            await socket.close()

    def _connected(self) -> list[web.WebSocketResponse]:
        sockets = (session.socket for session in self._sessions.values())
        return [socket for socket in sockets if socket and not socket.closed]

    async def _receive(self, socket: web.WebSocketResponse, frame: dict[str, Any]) -> Session | None:
        match frame["op"]:
            case 1:
                await socket.send_json({"op": _ACK, "d": None, "s": None, "t": None})
            case 2:
                return await self._identify(socket, frame["d"])
            case 6:
                return await self._resume(socket, frame["d"])
        return None

    async def _identify(self, socket: web.WebSocketResponse, body: dict[str, Any]) -> Session | None:
        self.identified += 1
        await self._announce()
        if self.closes_with:
            await socket.close(code=self.closes_with)
            return None
        if body["token"] != self._token:
            await socket.close(code=_BAD_TOKEN, message=b"Authentication failed.")
            return None
        if body["intents"] not in {_NO_INTENT, _GUILDS_INTENT}:
            await socket.close(code=_BAD_INTENTS, message=b"Disallowed intent(s).")
            return None
        session = Session(secrets.token_hex(16), socket=socket)
        self._sessions[session.id] = session
        ready = {
            "v": 10,
            "user": payloads.bot(),
            "guilds": [{"id": str(int(GUILD) + number), "unavailable": True} for number in range(self._world.servers)],
            "session_id": session.id,
            "resume_gateway_url": self.resume_url or self.url,
            "application": {"id": APPLICATION, "flags": 0},
        }
        await self._tell(session, "READY", ready)
        if body["intents"] & _GUILDS_INTENT:
            await self._tell(session, "GUILD_CREATE", payloads.guild(self._world))
        await self._greeted(socket)
        return session

    async def _resume(self, socket: web.WebSocketResponse, body: dict[str, Any]) -> Session | None:
        if self.closes_resumes_with:
            await socket.close(code=self.closes_resumes_with)
            return None
        session = self._sessions.get(body["session_id"])
        if session is None or self.forgets or body["token"] != self._token:
            await socket.send_json({"op": _INVALID, "d": False, "s": None, "t": None})
            return None
        self.resumed += 1
        session.socket = socket
        for number, (event, missed) in enumerate(session.events[body["seq"] :], start=body["seq"] + 1):
            await socket.send_json({"op": _DISPATCH, "d": missed, "s": number, "t": event})
        await self._tell(session, "RESUMED", {})
        await self._greeted(socket)
        return session

    async def _greeted(self, socket: web.WebSocketResponse) -> None:
        await self._announce()
        if self.cuts_after is not None:
            task = asyncio.create_task(_cut(socket, self.cuts_after))
            self._later.add(task)
            task.add_done_callback(self._later.discard)

    async def _tell(self, session: Session, event: str, body: Any) -> None:
        session.events.append((event, body))
        if session.socket and not session.socket.closed:
            with suppress(ConnectionResetError):  # cut just now: it is told when it resumes
                await session.socket.send_json({"op": _DISPATCH, "d": body, "s": len(session.events), "t": event})

    async def _announce(self) -> None:
        async with self._arrived:
            self._arrived.notify_all()


async def _cut(socket: web.WebSocketResponse, seconds: float = 0) -> None:
    await asyncio.sleep(seconds)
    if socket._req and socket._req.transport:
        socket._req.transport.abort()
