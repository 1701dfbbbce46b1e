"""Slack's HTTP door: of a request that Slack can't have sent, only the header is read; of others, a bounded body."""

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlencode, urlsplit

import pytest

from tests.conftest import StartBot
from tests.fakes.slack import SIGNING_SECRET, FakeSlack
from tests.fakes.slack_delivery import Signer
from tests.fakes.slack_driver import slack_platform

SOON = 60.0
MOST = 512 * 1024
FORM = "application/x-www-form-urlencoded"
SIGNATURE = "v0=" + "0" * 64


def header(length: int | None = MOST, **changed: str | bytes) -> bytes:
    """Return a header that may be Slack's, as far as one can tell; an empty value leaves its line out."""
    lines: dict[str, str | bytes] = {
        "Host": "localhost",
        "Content-Type": FORM,
        "X-Slack-Request-Timestamp": str(int(time.time())),
        "X-Slack-Signature": SIGNATURE,
    }
    lines |= {"Transfer-Encoding": "chunked"} if length is None else {"Content-Length": str(length)}
    lines |= {name.replace("_", "-"): value for name, value in changed.items()}
    encoded = {name: value.encode() if isinstance(value, str) else value for name, value in lines.items()}
    said = b"".join(b"%b: %b\r\n" % (name.encode(), value) for name, value in encoded.items() if value)
    return b"POST /slack/events HTTP/1.1\r\n%b\r\n" % said


@asynccontextmanager
async def door(slack: FakeSlack, start_bot: StartBot) -> AsyncIterator["Door"]:
    async with slack_platform(start_bot, mode="http", slack=slack):
        yield Door(slack.bot_url)


class Door:
    """The bot's HTTP port, as bytes."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._host, self._port = address.hostname, address.port

    async def send(self, *parts: bytes) -> int:
        """Send only this, and return the status of the answer; 0 if no answer comes."""
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            async with asyncio.timeout(SOON):
                for part in parts:
                    writer.write(part)
                    await writer.drain()
                return int((await reader.readline())[9:12] or 0)
        except ConnectionError:
            return 0
        finally:
            writer.close()


NOT_SLACKS: Mapping[str, dict[str, str | bytes]] = {
    "another kind": {"Content_Type": "text/plain"},
    "no kind": {"Content_Type": ""},
    "no signature": {"X_Slack_Signature": ""},
    "no time": {"X_Slack_Request_Timestamp": ""},
    "a letter with an accent": {"X_Slack_Signature": "v0=é"},
    "another encoding": {"X_Slack_Signature": b"v0=\xe9"},
    "digits of another script": {"X_Slack_Signature": SIGNATURE[:-1] + "٣"},
    "too short": {"X_Slack_Signature": SIGNATURE[:-1]},
    "another version": {"X_Slack_Signature": SIGNATURE.replace("v0", "v1")},
    "no number": {"X_Slack_Request_Timestamp": "nan"},
    "a number in another script": {"X_Slack_Request_Timestamp": "١٧٦٠٠٠٠٠٠٠"},
    "a power": {"X_Slack_Request_Timestamp": "1e9"},
    "too many digits": {"X_Slack_Request_Timestamp": "9" * 5000},
    "with a question": {"X_Slack_Signature": "", "Expect": "100-continue"},
}


async def test_what_slack_cannot_have_sent_is_refused_by_its_header(
    slack: FakeSlack, start_bot: StartBot, caplog: pytest.LogCaptureFixture
) -> None:
    async with door(slack, start_bot) as slacks:
        answers = {why: await slacks.send(header(MOST, **changed)) for why, changed in NOT_SLACKS.items()}
        assert answers == dict.fromkeys(NOT_SLACKS, 401)
        for ahead in (-600, 600):
            stamp = str(int(time.time()) + ahead)
            assert await slacks.send(header(MOST, X_Slack_Request_Timestamp=stamp)) == 401
        assert await slacks.send(header(length=None, X_Slack_Signature="")) == 401
        assert await slacks.send(header(Content_Encoding="gzip")) == 415
        assert await slacks.send(header(MOST + 1)) == 413
    assert not [record for record in caplog.records if record.exc_info]


async def test_what_slack_may_have_sent_is_read_as_far_as_the_bound(
    slack: FakeSlack, start_bot: StartBot, caplog: pytest.LogCaptureFixture
) -> None:
    async with door(slack, start_bot) as slacks:
        assert await slacks.send(header(), b"x" * MOST) == 401
        assert await slacks.send(header(1), b"\xff") == 401
        assert await slacks.send(header(None), b"%x\r\n%b\r\n" % (MOST, b"x" * MOST), b"1\r\nx\r\n") == 413
        assert await slacks.send(header(None) + b"1\r\nx\r\nzz\r\n") == 400
        assert await slacks.send(header(Expect="100-continue")) == 100
        assert await slacks.send(header(Expect="a miracle")) == 417
    assert not [record for record in caplog.records if record.exc_info]


async def test_what_is_signed_is_served_in_pieces_too_and_never_unpacked(slack: FakeSlack, start_bot: StartBot) -> None:
    async with door(slack, start_bot) as slacks:
        closed = {"type": "view_closed", "view": {"id": "V1", "callback_id": "unknown", "type": "modal"}}
        body = urlencode({"payload": json.dumps(closed)})
        signed = {name.replace("-", "_"): value for name, value in Signer(secret=SIGNING_SECRET).headers(body).items()}
        half = len(body) // 2
        pieces = [b"%x\r\n%b\r\n" % (len(each), each.encode()) for each in (body[:half], body[half:], "")]
        assert await slacks.send(header(None, **signed), *pieces) == 200
        packed = gzip.compress(body.encode())
        assert await slacks.send(header(len(packed), **signed, Content_Encoding="GZip"), packed) == 415
        kind = f"{FORM}; charset=klingon"
        assert await slacks.send(header(len(body), **{**signed, "Content_Type": kind}), body.encode()) == 200


async def test_only_a_short_request_without_a_signature_may_be_a_check_of_slacks(
    slack: FakeSlack, start_bot: StartBot
) -> None:
    unsigned: dict[str, str | bytes] = {"X_Slack_Signature": "", "X_Slack_Request_Timestamp": ""}
    async with door(slack, start_bot) as slacks:
        assert await slacks.send(header(11, **unsigned), b"ssl_check=1") == 200
        assert await slacks.send(header(11, **unsigned), b"ssl_check=2") == 401
        assert await slacks.send(header(11), b"ssl_check=1") == 401
        assert await slacks.send(header(257, **unsigned)) == 401
