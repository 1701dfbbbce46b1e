"""An office's HTTP proxy: it alone knows where hosts are, counts requests, and looks into TLS as such ones do."""

import asyncio
import contextlib
import ssl
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_TLS = Path(__file__).parents[1] / "fixtures" / "tls"
AUTHORITY = _TLS / "authority.pem"
"""The private authority that signed for `*.example.com`, `localhost` and 127.0.0.1, for a hundred years."""
_LIMIT = 32 * 1024 * 1024


def serving() -> ssl.SSLContext:
    """Return what a server needs to speak TLS under those names."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(_TLS / "server.pem")
    return context


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A request that went through."""

    host: str
    method: str
    path: str
    tunnelled: bool
    login: str
    """The requests that the proxy got; it sees none inside a tunnel."""
    head: bytes


class FakeProxy:
    """`async with FakeProxy(hosts) as proxy:` listens at `proxy.url`; `hosts` gives the local port of each name."""

    def __init__(self, hosts: dict[str, int] | None = None, *, login: str = "", encrypted: bool = False) -> None:
        self.hosts, self.login, self.encrypted = hosts or {}, login, encrypted
        self.passed: list[Passed] = []
        self.asked: list[str] = []
        """The hosts that were asked for, also those that were not reached."""
        self.refuse_with = 0
        """The status of every answer; 0 to let requests pass."""
        self.cuts = False
        """Whether it ends connections instead of answering."""
        self.url = ""
        self._context = serving()
        self._at_work: set[asyncio.Task[None]] = set()

    def seen(self, host: str) -> list[str]:
        """Return the paths that were requested of a host."""
        return [each.path for each in self.passed if each.host == host]

    async def __aenter__(self) -> Self:
        context = self._context if self.encrypted else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_LIMIT, ssl=context)
        host, port = self._server.sockets[0].getsockname()[:2]
        credentials = f"{self.login}@" if self.login else ""
        self.url = f"{'https' if self.encrypted else 'http'}://{credentials}{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._at_work:
            task.cancel()
        if self._at_work:
            await asyncio.wait(self._at_work)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._at_work.add(task)
        try:
            await self._relay(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._at_work.discard(task)
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if self.cuts:
            return
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        tunnelled, login = method == "CONNECT", _header(head, "proxy-authorization")
        host = target.rpartition(":")[0] if tunnelled else urlsplit(target).hostname or ""
        self.asked.append(host)
        status = self._refusal(host, login)
        if status:
            writer.write(f"HTTP/1.1 {status} No\r\nContent-Length: 18\r\n\r\n<html>No</html>   ".encode())
            await writer.drain()
            return
        if tunnelled:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.drain()
            await writer.start_tls(self._context)
            head = await reader.readuntil(b"\r\n\r\n")
            method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        path = target if tunnelled else urlsplit(target)._replace(scheme="", netloc="").geturl()
        self.passed.append(Passed(host=host, method=method, path=path, tunnelled=tunnelled, login=login, head=head))
        there, back = await asyncio.open_connection("127.0.0.1", self.hosts[host], limit=_LIMIT)
        back.write(_passed_on(head, method, path))
        sending = asyncio.create_task(_pipe(reader, back))
        try:
            await _pipe(there, writer)
        finally:
            sending.cancel()
            back.close()
            writer.close()

    def _refusal(self, host: str, login: str) -> int:
        if self.refuse_with:
            return self.refuse_with
        if self.login and login != f"Basic {b64encode(self.login.encode()).decode()}":
            return 407
        if host not in self.hosts:
            return 502
        return 0


def _header(head: bytes, name: str) -> str:
    for line in head.decode("latin-1").split("\r\n")[1:]:
        key, _, value = line.partition(":")
        if key.lower() == name:
            return value.strip()
    return ""


def _passed_on(head: bytes, method: str, path: str) -> bytes:
    """Return the head for the server: one request a connection, unless it becomes a WebSocket."""
    lines = head.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")[1:]
    upgraded = bool(_header(head, "upgrade"))
    dropped = {"proxy-authorization", *(() if upgraded else ("connection",))}
    kept = [line for line in lines if line.partition(":")[0].lower() not in dropped]
    closing = [] if upgraded else ["Connection: close"]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *kept, *closing, "", ""]).encode("latin-1")


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(64 * 1024):
            writer.write(data)
            await writer.drain()
