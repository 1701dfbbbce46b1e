"""The gateway behind a proxy: what the proxy refuses was not sent, and pictures come from public names alone."""

from collections.abc import AsyncIterator

import pytest

from bot.cometapi.client import CometAPI
from bot.cometapi.download import FetchTimings
from bot.core.errors import ProviderError
from bot.core.image import ImageRequest
from bot.core.model import Fault
from bot.core.ways_out import Proxy, WaysOut, entries
from bot.outgoing.certificates import trusting
from tests.fakes.cometapi import FakeCometAPI, Says, png, redirects
from tests.fakes.proxy import AUTHORITY, FakeProxy

BOAT = ImageRequest(model="dall-e-3", prompt="a paper boat", size="1024x1024")
TRUSTING = trusting(AUTHORITY)


@pytest.fixture
async def office(gateway: FakeCometAPI) -> AsyncIterator[FakeProxy]:
    port = int(gateway.origin.rpartition(":")[2])
    async with FakeProxy({f"{name}.example.com": port for name in ("gateway", "pictures")}) as proxy:
        yield proxy


def client(proxy: Proxy | FakeProxy, *, scheme: str = "https", trusted: bool = True, direct: str = "") -> CometAPI:
    known = Proxy.parse(proxy.url)
    certificates = TRUSTING if trusted else None
    ways = WaysOut(https=known, http=known, certificates=certificates, direct=entries(direct))
    return CometAPI(f"{scheme}://gateway.example.com/v1", "sk-test", fetching=FetchTimings(pause=0), ways_out=ways)


async def refused(client: CometAPI) -> ProviderError:
    async with client:
        with pytest.raises(ProviderError) as caught:
            await client.generate(BOAT)
    return caught.value


@pytest.mark.parametrize("scheme", ["https", "http"])
async def test_a_proxy_that_wants_a_password_has_sent_nothing(
    office: FakeProxy, gateway: FakeCometAPI, scheme: str
) -> None:
    office.login = "me:secret"
    error = await refused(client(office, scheme=scheme))
    assert (error.fault, gateway.requests) == (Fault.NOT_CONNECTED, [])
    assert "proxy" in error.message
    async with client(Proxy(url=office.url.replace("http://", "http://me:secret@")), scheme=scheme) as known:
        gateway.will(Says(body={"data": [{"url": f"{gateway.origin}/files/1"}]}))
        with pytest.raises(ProviderError):
            await known.generate(BOAT)
    assert len(gateway.requests) == 1
    assert not any("secret" in str(request) for request in gateway.requests)


@pytest.mark.parametrize("status", [403, 502, 503])
async def test_a_tunnel_that_is_refused_has_carried_nothing(office: FakeProxy, status: int) -> None:
    office.refuse_with = status
    error = await refused(client(office))
    assert (error.fault, error.message) == (Fault.NOT_CONNECTED, f"the proxy {office.url} answered {status}")


async def test_a_proxy_that_is_away_or_cuts_the_connection_has_sent_nothing(office: FakeProxy) -> None:
    office.cuts = True
    cut = await refused(client(office))
    away = await refused(client(Proxy(url="http://127.0.0.1:1")))
    assert (cut.fault, cut.message) == (Fault.NOT_CONNECTED, f"the proxy {office.url} cut the connection")
    assert (away.fault, away.message) == (Fault.NOT_CONNECTED, "the proxy http://127.0.0.1:1 can't be reached")


async def test_a_proxy_may_be_reached_by_tls_itself(gateway: FakeCometAPI) -> None:
    ports = {"gateway.example.com": int(gateway.origin.rpartition(":")[2])}
    gateway.origin = "https://gateway.example.com"
    async with FakeProxy(ports, encrypted=True, login="me:secret") as proxy, client(proxy) as known:
        assert (await known.generate(BOAT)).image == png(1)
    assert len(proxy.passed) == 2


async def test_a_certificate_of_a_private_authority_is_named(office: FakeProxy) -> None:
    error = await refused(client(office, trusted=False))
    assert (error.fault, error.message) == (
        Fault.MISCONFIGURED,  # no later try would help
        "its certificate is not trusted: see SSL_CERT_FILE",
    )


@pytest.mark.parametrize(
    "host",
    [
        "localhost:8080",
        "metadata.google.internal",
        "printer",
        "printer.",
        "nas.local",
        "wiki.corp",
        "router.home.arpa",
        "127.1",
        "2130706433",
        "0x7f.1",
        "10.0.0.5",
        "[::1]",
        "169.254.169.254",
    ],
)
async def test_a_picture_behind_a_proxy_is_refused_by_name(office: FakeProxy, gateway: FakeCometAPI, host: str) -> None:
    gateway.will(Says(body={"data": [{"url": f"https://{host}/files/1.png"}]}))
    error = await refused(client(office))
    assert error.fault is Fault.IMAGE_LOST
    assert office.asked == ["gateway.example.com"]


async def test_a_redirect_is_looked_at_by_name_too(office: FakeProxy, gateway: FakeCometAPI) -> None:
    url = gateway.host(b"", redirects("https://wiki.internal/1.png"))
    gateway.will(Says(body={"data": [{"url": url.replace(gateway.origin, "https://pictures.example.com")}]}))
    assert (await refused(client(office))).fault is Fault.IMAGE_LOST
    assert office.asked == ["gateway.example.com", "pictures.example.com"]


async def test_a_certificate_for_another_name_is_not_said_to_lack_trust(gateway: FakeCometAPI) -> None:
    async with FakeProxy({"gateway.example.net": int(gateway.origin.rpartition(":")[2])}) as proxy:
        ways = WaysOut(https=Proxy(url=proxy.url), certificates=TRUSTING)
        error = await refused(CometAPI("https://gateway.example.net/v1", "sk-test", ways_out=ways))
    assert error.fault is Fault.MISCONFIGURED
    assert error.message.startswith("its certificate is not valid: Hostname mismatch")


async def test_a_picture_at_an_unencrypted_address_is_fetched_by_tls(office: FakeProxy, gateway: FakeCometAPI) -> None:
    url = gateway.host(png(5))
    gateway.will(Says(body={"data": [{"url": url.replace(gateway.origin, "http://pictures.example.com")}]}))
    async with client(office) as known:
        assert (await known.generate(BOAT)).image == png(5)
    assert office.asked == ["gateway.example.com", "pictures.example.com"]


async def test_the_gateways_own_origin_may_be_private(gateway: FakeCometAPI) -> None:
    async with FakeProxy({"gateway": int(gateway.origin.rpartition(":")[2])}) as proxy:
        known = Proxy(url=proxy.url)
        gateway.origin = "http://gateway"
        async with CometAPI(f"{gateway.origin}/v1", "sk-test", ways_out=WaysOut(http=known)) as local:
            assert (await local.generate(BOAT)).image == png(1)
    assert len(proxy.seen("gateway")) == 2


async def test_a_picture_that_is_reached_directly_is_checked_by_its_addresses(
    office: FakeProxy, gateway: FakeCometAPI
) -> None:
    gateway.will(Says(body={"data": [{"url": "https://localhost/files/1.png"}]}))
    error = await refused(client(office, direct="localhost"))
    assert (error.fault, "public" in error.message) == (Fault.IMAGE_LOST, True)
