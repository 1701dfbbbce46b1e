"""How Slack reaches an app: envelopes over Socket Mode, or signed requests over HTTP. Both want an answer in 3 s."""

import asyncio
import hashlib
import hmac
import itertools
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import WSMsgType, web

Json = dict[str, Any]

ACK_SECONDS = 3.0


@dataclass(kw_only=True)
class Delivery:
    """What became of one delivery. `status` is 200 for an acknowledgement, 0 for none in time."""

    payload: Json
    status: int = 0
    seconds: float = 0.0
    answer: Any = None
    envelope_id: str = ""

    @property
    def acknowledged(self) -> bool:
        return self.status == 200 and self.seconds < ACK_SECONDS


@dataclass(kw_only=True)
class _Link:
    socket: web.WebSocketResponse
    transport: Any


class SocketMode:
    """The WebSocket side: connections, envelopes, acknowledgements."""

    def __init__(self) -> None:
        self.links: list[_Link] = []
        self.connected = 0
        """How many connections were ever made."""
        self.acknowledged: dict[str, Json] = {}
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._turn = itertools.count()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        link = _Link(socket=socket, transport=request.transport)
        self.connected += 1
        await socket.send_json({"type": "hello", "num_connections": len(self.links) + 1, "connection_info": {}})
        self.links.append(link)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledge(json.loads(message.data))
        finally:
            self.links.remove(link)
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
        await link.socket.send_json(envelope)
        try:
            async with asyncio.timeout(ACK_SECONDS):
                acknowledgement = await waiting
        except TimeoutError:
            return delivery
        delivery.status, delivery.seconds = 200, time.monotonic() - started
        delivery.answer = acknowledgement.get("payload")
        return delivery

    async def refresh(self) -> None:
        """Ask for a new connection in place of the oldest, as Slack does every few hours, then close it."""
        link = self.links[0]
        await link.socket.send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})

    def cut(self) -> None:
        """Break all connections without a word."""
        for link in self.links:
            link.transport.abort()


@dataclass(kw_only=True)
class Signer:
    """Signs requests: https://docs.slack.dev/authentication/verifying-requests-from-slack."""

    secret: str
    skew: float = field(default=0.0)

    def headers(self, body: str) -> dict[str, str]:
        stamp = str(int(time.time() + self.skew))
        signed = hmac.new(self.secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        return {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={signed}",
            "Content-Type": "application/x-www-form-urlencoded",
        }


async def post_signed(url: str, payload: Json, signer: Signer) -> Delivery:
    """Post a slash command as a form, anything else as JSON in the form's `payload`."""
    fields = payload if "command" in payload else {"payload": json.dumps(payload)}
    body = urlencode(fields)
    delivery = Delivery(payload=payload)
    started = time.monotonic()
    timeout = aiohttp.ClientTimeout(total=ACK_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, data=body, headers=signer.headers(body)) as response,
        ):
            delivery.status, text = response.status, await response.text()
    except (aiohttp.ClientError, TimeoutError):
        return delivery
    delivery.seconds = time.monotonic() - started
    delivery.answer = json.loads(text) if text.startswith("{") else ({"text": text} if text else None)
    return delivery
