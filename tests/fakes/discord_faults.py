"""Faults to come: what the fake does instead of answering well."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

DOCUMENTED: Mapping[int, str] = {
    int(code): said
    for code, said in json.loads((Path(__file__).parent / "specs" / "discord-error-codes.json").read_text()).items()
}
"""The codes that Discord's documentation names, with what it says of them."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(kw_only=True)
class Fault:
    """Applies to the next `times` requests whose `METHOD /path` contains `where`.

    `status` answers with it; `cut` closes the connection instead; `delay` waits first, alone or before either. Without
    any of the two, a right answer gets the `headers`, and is sent after what is `answered`.
    `processed`: the request takes effect all the same, only its answer is lost. With `about`, only requests count whose
    line holds that, too, or whose JSON; with `files`, those that bring files.
    """

    where: str
    status: int = 0
    code: int = 0
    cut: bool = False
    processed: bool = False
    answered: Callable[[], Awaitable[object]] | None = None
    delay: float = 0
    retry_after: float | None = None
    everywhere: bool = False
    """Whether that is for all of the bot's requests."""
    headers: Mapping[str, str] = field(default_factory=dict)
    via: bool = True
    page: str = ""
    """A page of HTML, as something in between answers with."""
    json: str = ""
    """What an answer that claims to be JSON says in place of Discord's."""
    times: int = 1
    about: str = ""
    files: bool = False


class Faults:
    """The queue of faults, as middleware."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let it happen."""
        self._waiting.append(fault)

    def end(self, about: str) -> None:
        """Let nothing more go wrong with requests about this."""
        self._waiting = [fault for fault in self._waiting if fault.about != about]

    @property
    def left(self) -> int:
        """How many have not happened yet."""
        return sum(fault.times for fault in self._waiting)

    async def apply(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request, or do what the first fitting fault says."""
        files = request.content_type.startswith("multipart")
        said = "" if files or not self._waiting else await request.text()
        fault = self._take(f"{request.method} {request.path}", said, files=files)
        if fault is None:
            return await handler(request)
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if not fault.cut and not fault.status:
            answer = await handler(request)
            if fault.answered:
                await fault.answered()
            answer.headers.update(fault.headers)
            return answer
        if fault.processed:
            await handler(request)
        else:
            await request.read()
        if fault.cut:
            if request.transport:
                request.transport.abort()
            return web.Response()
        return _refusal(fault)

    def _take(self, line: str, said: str, *, files: bool) -> Fault | None:
        for fault in self._waiting:
            if fault.where in line and fault.about in f"{line} {said}" and (files or not fault.files):
                fault.times -= 1
                if not fault.times:
                    self._waiting.remove(fault)
                return fault
        return None


def _refusal(fault: Fault) -> web.Response:
    if fault.page:
        return web.Response(text=fault.page, status=fault.status, content_type="text/html", headers=fault.headers)
    if fault.json:
        headers = {**fault.headers, "Content-Type": "application/json", "Via": "1.1 google"}
        return web.Response(body=fault.json.encode(), status=fault.status, headers=headers)
    body: dict[str, object] = {"message": "as asked", "code": fault.code}
    headers = dict(fault.headers)
    if fault.retry_after is not None:
        body |= {"retry_after": fault.retry_after, "global": fault.everywhere}
        headers["Retry-After"] = str(fault.retry_after)
    if fault.via:
        headers["Via"] = "1.1 google"
    return json_response(body, status=fault.status, headers=headers)


def json_response(body: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Answer with JSON, without the charset that discord.py does not expect."""
    answer = web.json_response(body, status=status, headers=headers)
    answer.headers["Content-Type"] = "application/json"
    return answer
