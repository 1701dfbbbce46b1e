"""Socket Mode: tickets, connections, envelopes, acknowledgements, and what Slack and networks do to connections.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import contextlib
import itertools
import json
import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes.slack_delivery import ACK_SECONDS, Delivery
from tests.fakes.slack_world import APP

Json = dict[str, Any]
_DEAF_SECONDS = 0.2


@dataclass(kw_only=True)
class Link:
    """A connection that Slack has greeted."""

    socket: web.WebSocketResponse
    transport: Any
    unanswered: set[str] = field(default_factory=set)
    is_deaf: bool = False
    """Whether nothing is read that comes over it."""


class SocketMode:
    """The WebSocket side. Its attributes make it as unkind as Slack and networks are."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.connected = 0
        """How many connections were ever greeted."""
        self.tickets: list[float] = []
        """When each ticket was given out."""
        self.reused = 0
        """How often a ticket came that had been used before, or was never given out."""
        self.refusing = ""
        """The reason with which every connection is refused, in place of the greeting."""
        self.refused = 0
        """How many connections were refused."""
        self.refuses = asyncio.Event()
        """Refusals that are decided wait for it before they are sent."""
        self.refuses.set()
        self.broken = 0
        """How many of the next handshakes break, which uses up their tickets."""
        self.hanging = 0
        """How many of the next connections are never greeted."""
        self.others = 0
        """How many connections other processes have on the same app."""
        self.limit = 10
        self.pong_after = 0.0
        """How late the answer to a ping is."""
        self.last = 0
        """How many of the next envelopes are the last of their connections, which end at once."""
        self.unread = 0
        """… whose connections end a moment later, and nothing that comes over them meanwhile is read."""
        self.acknowledged: dict[str, Json] = {}
        self._unused: set[str] = set()
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._turn = itertools.count()
        self._tasks: set[asyncio.Task[None]] = set()

    def ticket(self, url: str) -> Json:
        """Answer apps.connections.open: each ticket is good for one handshake."""
        ticket = secrets.token_hex(16)
        self._unused.add(ticket)
        self.tickets.append(time.monotonic())
        return {"ok": True, "url": f"{url.replace('http://', 'ws://')}/link/?ticket={ticket}&app_id={APP}"}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._unused:
            self.reused += 1
            return web.Response(status=408, text="<html>ticket expired</html>", content_type="text/html")
        self._unused.remove(ticket)
        if self.broken:
            self.broken -= 1
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        if self.hanging:
            self.hanging -= 1
            await socket.receive()
            return socket
        full = len(self.links) + self.others >= self.limit
        if reason := self.refusing or ("too_many_websockets" if full else ""):
            self.refused += 1
            await self.refuses.wait()
            await socket.send_json(_goodbye(reason))
            await socket.close()
            return socket
        link = Link(socket=socket, transport=request.transport)
        self.connected += 1
        count = len(self.links) + self.others + 1
        await socket.send_json({"type": "hello", "num_connections": count, "connection_info": {"app_id": APP}})
        self.links.append(link)
        try:
            async for message in socket:
                if link.is_deaf:
                    continue
                if message.type is WSMsgType.TEXT:
                    self._acknowledge(json.loads(message.data))
                elif message.type is WSMsgType.PING:
                    self._later(self.pong_after, socket.pong(message.data))
        finally:
            self._forget(link)
        return socket

    def _acknowledge(self, acknowledgement: Json) -> None:
        name = acknowledgement["envelope_id"]
        self.acknowledged[name] = acknowledgement
        waiting = self._waiting.get(name)
        if waiting and not waiting.done():
            waiting.set_result(acknowledgement)

    async def deliver(self, kind: str, payload: Json, *, retry: int | None = None) -> Delivery:
        """Send an envelope over the next connection, and wait for its acknowledgement."""
        delivery = Delivery(payload=payload, envelope_id=str(uuid.uuid4()))
        if not self.links:
            return delivery
        link = self.links[next(self._turn) % len(self.links)]
        envelope: Json = {"envelope_id": delivery.envelope_id, "type": kind, "payload": payload}
        envelope["accepts_response_payload"] = True
        if retry is not None:
            envelope |= {"retry_attempt": retry, "retry_reason": "timeout"}
        waiting = self._waiting[delivery.envelope_id] = asyncio.get_running_loop().create_future()
        started = time.monotonic()
        link.unanswered.add(delivery.envelope_id)
        try:
            await link.socket.send_json(envelope)
            if self.last:
                self.last -= 1
                self._later(0, link.socket.close())
            if self.unread:
                self.unread -= 1
                link.is_deaf = True
                self._later(_DEAF_SECONDS, link.socket.close())
            async with asyncio.timeout(ACK_SECONDS):
                acknowledgement = await waiting
        except (TimeoutError, ConnectionError):
            return delivery
        finally:
            link.unanswered.remove(delivery.envelope_id)
        delivery.status, delivery.seconds = 200, time.monotonic() - started
        delivery.answer = acknowledgement.get("payload")
        return delivery

    async def refresh(self, *, every: bool = False, reason: str = "refresh_requested", seconds: float = 0.5) -> None:
        """Ask for new connections in place of the oldest, or of every one, as Slack does every few hours.

        It closes the old ones itself: 10 s after a `warning`, and soon after `refresh_requested`.
        """
        for link in self.links[: None if every else 1]:
            await link.socket.send_json(_goodbye(reason))
            self._later(seconds, self._close(link))

    def cut(self) -> None:
        """Break all connections without a word."""
        for link in self.links:
            link.transport.abort()

    def stop(self) -> None:
        """End what is under way."""
        self.cut()
        for task in self._tasks:
            task.cancel()

    async def _close(self, link: Link) -> None:
        """Close a connection, once nothing is to be answered over it any more."""
        self._forget(link)
        while link.unanswered:
            await asyncio.sleep(0.01)
        await link.socket.close()

    def _forget(self, link: Link) -> None:
        if link in self.links:
            self.links.remove(link)

    def _later(self, seconds: float, work: Any) -> None:
        async def wait_and_do() -> None:
            try:
                await asyncio.sleep(seconds)
            except asyncio.CancelledError:
                work.close()
                raise
            with contextlib.suppress(ConnectionError):  # the other side is gone
                await work

        task = asyncio.create_task(wait_and_do())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _goodbye(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}}
