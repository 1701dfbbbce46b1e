"""A gateway that knows by the prompt how to misbehave, and keeps account of what it was asked and what it made."""

import asyncio
import base64
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from aiohttp import web

from bot.sandbox.protocol import image_answer, read
from tests.chaos.schedule import Ask, tags_in
from tests.fakes.cometapi import Cuts, FakeCometAPI, Hangs, Says, Waits, fails, png
from tests.fakes.cometapi_answers import Answer

UNPROCESSED = frozenset({"patience", "no patience said"})
FREE = UNPROCESSED | {"no channel", "gateway failed", "refused", "cut unprocessed"}
"""What isn't billed. All else is, also an empty answer and a client that hangs up, as new-api does it."""

_ANSWERS: Mapping[str, Answer] = {
    "patience": fails(429, headers={"Retry-After": "0"}),
    "no patience said": fails(429),
    "no channel": fails(503, "model_not_found", "no available channel"),
    "gateway failed": fails(500, "do_request_failed"),
    "timed out": Says(status=504),
    "upstream page": Says(status=502, body="<html>bad gateway</html>"),
    "cut unprocessed": Cuts(),
    "cut in the answer": Cuts(after=b'{"created":'),
    "hangs": Hangs(),
    "fee": fails(400, "violation_fee.grok.csam"),
    "empty": Says(body={"created": 1, "data": []}),
    "bad image": Says(body={"data": [{"b64_json": base64.b64encode(b"\x89PNG\r\n\x1a\n, in part").decode()}]}),
    "refused": fails(400, "moderation_blocked"),
}


class Account:
    """What the gateway was asked for each prompt, and what it made."""

    def __init__(self, gateway: FakeCometAPI, asks: Iterable[Ask]) -> None:
        self.sent: dict[str, int] = defaultdict(int)
        """Requests that may have been processed, by tag."""
        self.billed: dict[str, int] = defaultdict(int)
        """Images on the gateway's own bill, by tag."""
        self.made: dict[str, list[bytes]] = defaultdict(list)
        self._gateway = gateway
        self._coming = {ask.tag: deque(ask.gateway) for ask in asks}
        self._number = 0
        gateway.choose = self._choose

    def images(self, tag: str, count: int) -> list[bytes]:
        """Make images, no two of them alike."""
        self._number += count
        pictures = [png(number) for number in range(self._number - count, self._number)]
        self.made[tag] += pictures
        return pictures

    def _choose(self, body: Mapping[str, object]) -> Answer | None:
        (tag,) = tags_in(str(body.get("prompt")))
        if self._gateway.keys is not None:
            self.sent[tag] += 1  # a refused key is final, too
            return None
        coming = self._coming[tag]
        how = coming.popleft() if coming else ""
        if how not in UNPROCESSED:
            self.sent[tag] += 1
        if how not in FREE:
            self.billed[tag] += 1
        drawn = _Draws(account=self, gateway=self._gateway, tag=tag, how=how)
        return Waits(seconds=0.4, answer=drawn) if how == "slow" else _ANSWERS.get(how, drawn)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draws:
    account: Account
    gateway: FakeCometAPI
    tag: str
    how: str

    async def give(self, request: web.Request) -> web.StreamResponse:
        asked = read(await request.json())
        pictures = self.account.images(self.tag, asked.n)
        if self.how == "cut processed":
            await asyncio.sleep(0.05)
            return await cast("Answer", Cuts()).give(request)
        faults = {"lost": [Says(status=410)], "hardly found": [Says(status=404), Says(status=503)]}.get(self.how, [])
        links = [self.gateway.host(picture, *faults) for picture in pictures] if asked.links else []
        contents = links or [base64.b64encode(picture).decode() for picture in pictures]
        return web.json_response(image_answer(asked, contents, created=1))
