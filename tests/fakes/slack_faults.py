"""Faults of Slack's Web API, scheduled by method."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

DOCUMENTED: Mapping[str, Sequence[str]] = json.loads(
    (Path(__file__).parent / "specs" / "slack-errors.json").read_text()
)
"""The errors of each method that Slack's documentation names."""
UNDOCUMENTED = "error_of_the_future"


GARBLED = (
    *((body, "application/json") for body in ("", "<html>", '{"ok": tr', "null", "[]", '"ok"', "7", '{"ok": true}')),
    ('{"ok": true, "ts": null, "channel": {"id": 7}, "file": "F", "file_id": [], "upload_url": 0}', "application/json"),
    ('{"ok": false}', "application/json"),
    ('{"ok": false, "error": {"page": "<html>"}, "response_metadata": null}', "application/json"),
    ("<html>done</html>", "text/html"),
    ("", "text/plain"),
)
"""What nobody can read as an answer of Slack's, and its type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with one call. `lost`: it takes effect, but its answer never arrives.

    With `about`, only a call counts that holds that text, or is about a file whose description does.
    """

    error: str = ""
    status: int = 0
    retry_after: float | str | None = None
    delay: float = 0.0
    after: Callable[[], Awaitable[object]] | None = None
    """Nothing is done before this."""
    cut: bool = False
    lost: bool = False
    answered: Callable[[], Awaitable[object]] | None = None
    """It takes effect, and people see that, but it is answered only after this."""
    garbled: str | None = None
    """It takes effect, but this is all that is answered, as the type that is given with it."""
    answered_as: str = "application/json"
    about: str = ""
    more: Mapping[str, object] = field(default_factory=dict)
    """What stands beside the error in the answer."""


@dataclass(slots=True)
class _Coming:
    """A fault, and how often it is still to come."""

    fault: Fault
    times: int


class Faults:
    """The faults that are still to come."""

    def __init__(self) -> None:
        self._coming: dict[str, list[_Coming]] = defaultdict(list)

    def add(self, method: str, fault: Fault, times: int) -> None:
        self._coming[method].append(_Coming(fault, times))

    def take(self, method: str, subject: Callable[[], str] = str) -> Fault | None:
        """Return what befalls a call of a method, if anything does. Its subject is asked for only if it can count."""
        if not (coming := self._coming[method]):
            return None
        about = subject()
        for place, each in enumerate(coming):
            if each.fault.about in about:
                each.times -= 1
                if not each.times:
                    del coming[place]
                return each.fault
        return None

    def clear(self) -> None:
        """From now on everything works."""
        self._coming.clear()


async def answer_of(fault: Fault, request: web.Request) -> web.StreamResponse | None:
    """Return what the fault answers; None if the call is to be done as usual."""
    await asyncio.sleep(fault.delay)
    if fault.after:
        await fault.after()
    if fault.cut:
        return cut(request)
    if fault.retry_after is not None:
        body = {"ok": False, "error": "ratelimited"}
        return web.json_response(body, status=429, headers={"Retry-After": str(fault.retry_after)})
    if fault.error:
        body = {"ok": False, "error": fault.error, **fault.more}
        return web.json_response(body, status=fault.status or 200)
    if fault.status:
        return web.Response(status=fault.status, text="<html>upstream</html>", content_type="text/html")
    return None


def cut(request: web.Request) -> web.Response:
    """Break the connection, and return an answer that goes nowhere: to raise would make the server log a traceback."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
