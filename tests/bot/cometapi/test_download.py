"""Fetching images: patiently, within bounds, and never from anywhere private."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Sequence

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.cometapi.client import CometAPI
from bot.cometapi.download import FetchTimings
from bot.cometapi.public_address import NotPublic, PublicConnector
from bot.core.errors import ProviderError
from bot.core.image import Generation, ImageRequest
from bot.core.internet import is_public
from bot.core.model import Fault
from bot.core.ways_out import DIRECT
from tests.fakes.cometapi import Answer, Cuts, FakeCometAPI, Hangs, Pours, Says, Trickles, Waits, png, redirects

KEY = "sk-a-very-secret-key"
PATIENT = FetchTimings(pause=0)


@pytest.fixture
async def elsewhere() -> AsyncIterator[FakeCometAPI]:
    """Serve files from an origin that is not the gateway's, on this machine."""
    async with FakeCometAPI() as running:
        yield running


class Names(AbstractResolver):
    """Resolves names as told, each time to the next of their addresses."""

    def __init__(self, **addresses: Sequence[str]) -> None:
        self._addresses = {f"{name}.example": list(each) for name, each in addresses.items()}
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        address = self._addresses[host].pop(0)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)
        ]

    async def close(self) -> None:
        pass


class Asked(AbstractResolver):
    """Keeps what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        raise OSError("this test reaches nothing outside")

    async def close(self) -> None:
        pass


async def generate(
    gateway: FakeCometAPI,
    url: str,
    *,
    resolver: AbstractResolver | None = None,
    max_image: int = 100_000,
    timings: FetchTimings = PATIENT,
) -> Generation:
    gateway.will(Says(body={"data": [{"url": url, "b64_json": ""}]}))
    async with CometAPI(gateway.base_url, KEY, fetching=timings, max_image=max_image, resolver=resolver) as client:
        return await client.generate(ImageRequest(model="dall-e-3", prompt="a boat"))


async def lost(gateway: FakeCometAPI, url: str, **options: object) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await generate(gateway, url, **options)  # type: ignore[arg-type]  # passed through
    assert caught.value.fault == Fault.IMAGE_LOST
    assert caught.value.fault.uncertain
    return caught.value


async def test_a_signed_url_is_fetched_to_the_letter_and_without_the_key(gateway: FakeCometAPI) -> None:
    url = gateway.host(png(1))
    assert (await generate(gateway, url)).image == png(1)
    (fetched,) = gateway.fetched
    assert fetched.body["path"] == url.removeprefix(gateway.origin)
    assert "Authorization" not in fetched.headers
    assert KEY not in str(fetched)


async def test_a_wrong_label_makes_no_difference(gateway: FakeCometAPI) -> None:
    url = gateway.host(png(1), label="text/html")
    assert (await generate(gateway, url)).image == png(1)


@pytest.mark.parametrize(
    "trouble", [Says(status=503), Says(status=404), Says(status=429), Cuts(), Cuts(after=b"\x89PNG")]
)
async def test_a_bad_moment_is_waited_out_as_the_image_is_paid_for(gateway: FakeCometAPI, trouble: Says | Cuts) -> None:
    url = gateway.host(png(1), trouble, trouble)
    assert (await generate(gateway, url)).image == png(1)
    assert len(gateway.fetched) == 3
    assert len(gateway.requests) == 1


async def test_a_file_server_that_hangs_is_tried_again(gateway: FakeCometAPI) -> None:
    url = gateway.host(png(1), Hangs())
    assert (await generate(gateway, url, timings=FetchTimings(pause=0, silence=0.2))).image == png(1)


async def test_a_file_server_that_trickles_is_tried_again(gateway: FakeCometAPI) -> None:
    url = gateway.host(png(1), Trickles())
    assert (await generate(gateway, url, timings=FetchTimings(pause=0, start=1))).image == png(1)
    assert len(gateway.fetched) == 2


@pytest.mark.parametrize("answer", [Trickles(), Hangs(), redirects("/files/1.png"), Says(status=503)])
async def test_all_tries_of_an_image_end_together(gateway: FakeCometAPI, answer: Answer) -> None:
    """They hold a place that others wait for."""
    url = gateway.host(png(1), *[Waits(seconds=0.1, answer=answer)] * 20)
    error = await lost(gateway, url, timings=FetchTimings(whole=0.3, pause=10))
    assert error.message == "not fetched within 0.3 s"


@pytest.mark.parametrize(
    ("received", "seconds", "slow"), [(0, 9, False), (320_000, 11, True), (400_000, 11, False), (9_000_000, 300, True)]
)
def test_a_rate_is_kept_from_the_tenth_second_on(received: int, seconds: float, slow: bool) -> None:
    assert FetchTimings().too_slow(received, seconds) is slow


async def test_a_file_that_never_comes_is_lost(gateway: FakeCometAPI) -> None:
    url = gateway.host(png(1), *[Says(status=500)] * 20)
    await lost(gateway, url)
    assert 1 < len(gateway.fetched) < 10


async def test_a_file_that_is_gone_is_not_asked_for_again(gateway: FakeCometAPI) -> None:
    await lost(gateway, gateway.host(png(1), Says(status=410)))
    assert len(gateway.fetched) == 1


@pytest.mark.parametrize("answer", [Says(body=bytes(200_000)), Pours()])
async def test_too_many_bytes_are_not_read_to_their_end(gateway: FakeCometAPI, answer: Says | Pours) -> None:
    await lost(gateway, gateway.host(b"", answer))
    assert len(gateway.fetched) == 1


async def test_bytes_that_unpack_to_more_are_counted_unpacked(gateway: FakeCometAPI) -> None:
    packed = Says(body=gzip.compress(bytes(50_000_000), 9), headers={"Content-Encoding": "gzip"})
    await lost(gateway, gateway.host(b"", packed))
    assert len(gateway.fetched) == 1


async def test_redirects_are_followed_a_few_times(gateway: FakeCometAPI) -> None:
    last = gateway.host(png(1))
    middle = gateway.host(b"", redirects(last.removeprefix(gateway.origin)))
    first = gateway.host(b"", redirects(middle, status=307))
    assert (await generate(gateway, first)).image == png(1)
    assert gateway.fetched[-1].body["path"] == last.removeprefix(gateway.origin)


async def test_redirects_without_end_are_given_up(gateway: FakeCometAPI) -> None:
    url = gateway.host(b"", *[redirects("/files/1.png")] * 50)
    await lost(gateway, url)
    assert len(gateway.fetched) == 4


@pytest.mark.parametrize(
    "url",
    [
        "http://{host}/files/1.png",
        "https://127.0.0.1/files/1.png",
        "https://localhost/files/1.png",
        "https://[::1]/files/1.png",
        "https://[::ffff:127.0.0.1]/files/1.png",
        "https://10.0.0.5/files/1.png",
        "https://169.254.169.254/latest/meta-data",
        "https://user:password@{host}/files/1.png",
        "http://images.example/1.png",
        "https:///files/1.png",
        "https://[broken/1.png",
    ],
)
async def test_nothing_is_fetched_from_private_places(gateway: FakeCometAPI, elsewhere: FakeCometAPI, url: str) -> None:
    elsewhere.host(png(1))
    await lost(gateway, url.format(host=elsewhere.origin.removeprefix("http://")))
    assert elsewhere.fetched == []


@pytest.mark.parametrize("target", ["http://{host}/files/1.png", "https://{host}/files/1.png", "//{host}/files/1.png"])
async def test_a_redirect_to_a_private_place_is_not_followed(
    gateway: FakeCometAPI, elsewhere: FakeCometAPI, target: str
) -> None:
    elsewhere.host(png(1))
    to = target.format(host=elsewhere.origin.removeprefix("http://"))
    await lost(gateway, gateway.host(b"", redirects(to)))
    assert elsewhere.fetched == []
    assert len(gateway.fetched) == 1


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "2130706433",
        "0177.0.0.1",
        "127.0.0.01",
        "0x7f.1",
        "0X7F000001",
        "0",
        "127.0.0.1.",
        "93.184.216.34.",
        "93.184.0xd822",
        "1.2.3.4.5",
        "１２７.0.0.1",
        "①②⑦。⓪。⓪。①",
        "٤.1",
        "%31%32%37.1",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[0:0:0:0:0:0:0:1]",
        "[fe80::1%25eth0]",
        "[2606:2800:220:1::1%25eth0]",
        "ⓛocalhost",
        "localhost..",
        "printer",
        "metadata.google.internal",
    ],
)
async def test_an_address_in_any_other_writing_is_refused_before_anybody_reads_it(
    gateway: FakeCometAPI, elsewhere: FakeCometAPI, host: str
) -> None:
    """Programs disagree on what 127.1 is, so nobody is asked."""
    names = Asked()
    error = await lost(gateway, f"https://{host}/1.png", resolver=names)
    assert error.message.endswith(" is not on the public internet")
    await lost(gateway, gateway.host(b"", redirects(f"https://{host}/1.png")), resolver=names)
    assert names.asked == []


async def test_with_any_resolver_no_byte_is_sent_to_a_private_address() -> None:
    met: list[object] = []
    server = await asyncio.start_server(lambda *each: met.append(each), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, aiohttp.ClientSession(connector=PublicConnector(DIRECT, Names(images=["127.0.0.1"]))) as session:
        with pytest.raises(aiohttp.ClientConnectorError) as caught:
            await session.get(f"https://images.example:{port}/1.png")
        await asyncio.sleep(0)
    assert isinstance(caught.value.__cause__, NotPublic)
    assert met == []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254"])
async def test_a_name_that_leads_to_a_private_place_is_not_followed(gateway: FakeCometAPI, address: str) -> None:
    names = Names(images=[address])
    error = await lost(gateway, "https://images.example/1.png", resolver=names)
    assert "public" in error.message
    assert names.asked == ["images.example"]


async def test_a_name_is_resolved_once_for_the_check_and_the_connection(gateway: FakeCometAPI) -> None:
    """A name that was public when checked can't lead elsewhere when connected to: it isn't asked for again."""
    names = Names(images=["127.0.0.1", "93.184.216.34"])
    await lost(gateway, "https://images.example/1.png", resolver=names)
    assert names.asked == ["images.example"]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("fec0::1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::5db8:d822", False),
        ("::127.0.0.1", False),
        ("5f00::1", False),
        ("64:ff9b::5db8:d822", True),
    ],
)
def test_what_counts_as_public(address: str, public: bool) -> None:
    assert is_public(address) is public
