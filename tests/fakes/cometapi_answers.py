"""What the fake gateway can be told to answer, beyond what the real one does on a good day."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

REQUEST_ID = "20260205132859798638387SIHCnxzJ"


class Answer(Protocol):
    """One answer to one request."""

    async def give(self, request: web.Request) -> web.StreamResponse:
        """Answer, or misbehave."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """Any status, headers and body: JSON for anything but text and bytes."""

    body: object = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    async def give(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        if isinstance(self.body, bytes):
            return web.Response(status=self.status, body=self.body, headers=self.headers)
        if isinstance(self.body, str):
            return web.Response(status=self.status, text=self.body, headers=self.headers)
        kind = {"Content-Type": "application/json"}
        return web.Response(status=self.status, text=json.dumps(self.body), headers={**kind, **self.headers})


def fails(
    status: int,
    code: str = "",
    message: str = "it failed",
    *,
    param: str = "",
    kind: str = "comet_api_error",
    headers: Mapping[str, str] | None = None,
) -> Says:
    """Answer with the documented envelope."""
    error = {"message": f"{message} (request id: {REQUEST_ID})", "type": kind, "param": param, "code": code}
    return Says(body={"error": error}, status=status, headers=headers or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangs:
    """Read the request, and never answer."""

    async def give(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        await asyncio.Event().wait()
        raise AssertionError("the wait has no end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """Close the connection: before or after the request was read, or in the middle of an answer."""

    read: bool = True
    after: bytes = b""

    async def give(self, request: web.Request) -> web.StreamResponse:
        if self.read:
            await request.read()
        if self.after:
            response = web.StreamResponse(headers={"Content-Length": str(len(self.after) + 1000)})
            await response.prepare(request)
            await response.write(self.after)
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pours:
    """Send zeros without end, and without saying how many."""

    async def give(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(bytes(16 * 1024))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trickles:
    """Send a file's zeros one by one, so that it has no end in sight and is never silent."""

    async def give(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        for _ in range(1000):
            await response.write(b"\0")
            await asyncio.sleep(0.02)
        return response


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Send another answer, but only after a while."""

    seconds: float
    answer: Answer

    async def give(self, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(self.seconds)
        return await self.answer.give(request)


def redirects(to: str, status: int = 302) -> Says:
    """Send elsewhere."""
    return Says(status=status, headers={"Location": to})
