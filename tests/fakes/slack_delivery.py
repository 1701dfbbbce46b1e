"""What Slack delivers to an app, and signed requests over HTTP. An answer is wanted in 3 s, also over Socket Mode."""

import hashlib
import hmac
import json
import ssl
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp

Json = dict[str, Any]

ACK_SECONDS = 3.0
_AUTHORITY = Path(__file__).parents[1] / "fixtures" / "tls" / "authority.pem"


@dataclass(kw_only=True)
class Delivery:
    """What became of one delivery. `status` is 200 for an acknowledgement, 0 without one in time."""

    payload: Json
    status: int = 0
    seconds: float = 0.0
    answer: Any = None
    envelope_id: str = ""

    @property
    def acknowledged(self) -> bool:
        return self.status == 200 and self.seconds < ACK_SECONDS


@dataclass(kw_only=True)
class Signer:
    """Signs requests: https://docs.slack.dev/authentication/verifying-requests-from-slack."""

    secret: str
    skew: float = field(default=0.0)

    def headers(self, body: str, ahead: float = 0.0) -> dict[str, str]:
        """Sign `body` by a clock that is so many seconds ahead of the machine's."""
        stamp = str(int(time.time() + ahead + self.skew))
        signed = hmac.new(self.secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        return {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={signed}",
            "Content-Type": "application/x-www-form-urlencoded",
        }


async def post_signed(
    url: str, payload: Json, signer: Signer, *, ahead: float = 0.0, retry: int | None = None
) -> Delivery:
    """Post a slash command as a form, an event as JSON, anything else as JSON in the form's `payload`."""
    fields = payload if "command" in payload else {"payload": json.dumps(payload)}
    body = json.dumps(payload) if "event" in payload else urlencode(fields)
    headers = signer.headers(body, ahead)
    if "event" in payload:
        headers["Content-Type"] = "application/json"
    if retry:
        headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"}
    delivery = Delivery(payload=payload)
    started = time.monotonic()
    timeout = aiohttp.ClientTimeout(total=ACK_SECONDS)
    trusted = ssl.create_default_context(cafile=str(_AUTHORITY)) if url.startswith("https:") else True
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, data=body, headers=headers, ssl=trusted) as response,
        ):
            delivery.status, text = response.status, await response.text()
    except (aiohttp.ClientError, TimeoutError):
        return delivery
    delivery.seconds = time.monotonic() - started
    delivery.answer = json.loads(text) if text.startswith("{") else ({"text": text} if text else None)
    return delivery
