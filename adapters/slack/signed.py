"""Requests from Slack over HTTP. Anybody may send some, so as little as possible is read of unsigned ones.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hmac
import re
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from bot.core.body import Bodies, NotRead, Unread
from bot.core.bounds import CHAT_BODY_BYTES, SIGNATURE_SECONDS, UNSIGNED_BODY_BYTES
from bot.core.clock import Clock

_KINDS = {"application/x-www-form-urlencoded", "application/json"}
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_CHECK = b"ssl_check=1"
_STATUSES = {
    Unread.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Unread.TOO_SLOW: HTTPStatus.REQUEST_TIMEOUT,
    Unread.NO_ROOM: HTTPStatus.SERVICE_UNAVAILABLE,
}


class Refused(Exception):
    """A request that isn't handled, and the status that says so. The one to a check of Slack's is 200."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class SignedRequests:
    """Reads the requests that have Slack's signature, by Slack's clock."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._verifier, self._clock = SignatureVerifier(secret), clock
        self._bodies = Bodies(CHAT_BODY_BYTES)

    async def read(self, request: web.Request) -> str:
        """Return the body. Raises Refused, before anything of the body is read if its header says enough."""
        self.look(request)
        try:
            body = await self._bodies.read(request.content.iter_any(), request.content_length)
        except NotRead as error:
            raise Refused(_STATUSES[error.why]) from error
        except (web.RequestPayloadError, ConnectionError) as error:
            raise Refused(HTTPStatus.BAD_REQUEST) from error
        return self._text(body, request.headers)

    def look(self, request: web.Request) -> None:
        """Look at the header. Raises Refused."""
        headers = request.headers
        if not self._may_be_signed(headers) and not _may_be_check(request):
            raise Refused(HTTPStatus.UNAUTHORIZED)
        if headers.get("Content-Encoding"):  # Slack compresses nothing, and a few bytes could become many
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        if (request.content_length or 0) > CHAT_BODY_BYTES:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    async def expect(self, request: web.Request) -> web.Response | None:
        """Answer a client that asks whether to send the body. aiohttp would ask for it before anything is checked."""
        try:
            self.look(request)
        except Refused as refused:
            return web.Response(status=refused.status)
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # nothing of the answer itself is sent
        return None

    def _may_be_signed(self, headers: Mapping[str, str]) -> bool:
        """Return whether it is of a kind that Slack sends, with something like a signature, of the last minutes."""
        if headers.get("Content-Type", "").partition(";")[0].strip().lower() not in _KINDS:
            return False
        stamp = headers.get("X-Slack-Request-Timestamp", "")
        if not _SIGNATURE.fullmatch(headers.get("X-Slack-Signature", "")) or not _TIMESTAMP.fullmatch(stamp):
            return False
        return abs(self._clock.now().timestamp() - int(stamp)) <= SIGNATURE_SECONDS

    def _text(self, body: bytes, headers: Mapping[str, str]) -> str:
        signature = headers.get("X-Slack-Signature")
        if signature is None:
            raise Refused(HTTPStatus.OK if body.startswith(_CHECK) else HTTPStatus.UNAUTHORIZED)
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            raise Refused(HTTPStatus.UNAUTHORIZED) from error
        made = self._verifier.generate_signature(timestamp=headers["X-Slack-Request-Timestamp"], body=text)
        if not made or not hmac.compare_digest(made, signature):
            raise Refused(HTTPStatus.UNAUTHORIZED)
        return text


def _may_be_check(request: web.Request) -> bool:
    """Return whether Slack may be looking at the certificate, which it doesn't sign: a form of two short fields."""
    signed = any(name in request.headers for name in ("X-Slack-Signature", "X-Slack-Request-Timestamp"))
    return not signed and request.content_length is not None and request.content_length <= UNSIGNED_BODY_BYTES
