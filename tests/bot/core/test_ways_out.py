"""Which way a request leaves: the names of hosts, as operators write them into HTTPS_PROXY and NO_PROXY."""

import pytest

from bot.core.ways_out import Proxy, WaysOut, entries

OFFICE, PLAIN, OWN = (Proxy(url=f"http://{name}.example.com:3128") for name in ("office", "plain", "own"))


def way(url: str, no_proxy: str = "") -> Proxy | None:
    return WaysOut(https=OFFICE, http=PLAIN, direct=entries(no_proxy)).proxy(url)


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("https://discord.com/api", OFFICE),
        ("wss://gateway.discord.gg/?v=10", OFFICE),
        ("http://s3.example.com:9000", PLAIN),
        ("ws://discord.example.com/", PLAIN),
        ("https://127.0.0.1:8090/v1", None),
        ("http://localhost:8090/v1", None),
        ("http://LOCALHOST./v1", None),
        ("http://gateway.localhost:8090", None),
        ("https://[::1]:8090/v1", None),
        ("https://[::ffff:127.0.0.1]/v1", None),
        ("http://0.0.0.0:8090/v1", None),
        ("https://localhost.example.com", OFFICE),
        ("https://10.0.0.1", OFFICE),
    ],
)
def test_a_scheme_has_its_proxy_and_this_machine_none(url: str, proxy: Proxy | None) -> None:
    assert way(url) == proxy


@pytest.mark.parametrize(
    ("no_proxy", "url", "direct"),
    [
        ("*", "https://discord.com", True),
        ("discord.com", "https://discord.com", True),
        ("Discord.COM", "https://discord.com.", True),
        ("discord.com", "https://cdn.discord.com", True),
        (".discord.com", "https://cdn.discord.com", True),
        (".discord.com", "https://discord.com", True),
        ("*.discord.com", "https://cdn.discord.com", True),
        ("discord.com", "https://notdiscord.com", False),
        ("discord.com", "https://discord.com.example.com", False),
        ("slack.com , discord.com", "wss://discord.com", True),
        ("slack.com discord.com", "wss://discord.com", True),
        ("discord.com:443", "https://discord.com", True),
        ("discord.com:443", "https://discord.com:8443", False),
        ("discord.com:80", "https://discord.com", False),
        ("10.0.0.0/8", "https://10.20.30.40:9000", True),
        ("10.0.0.0/8", "https://11.20.30.40:9000", False),
        ("10.1.2.3", "https://10.1.2.3", True),
        ("10.1.2.3:9000", "http://10.1.2.3:9000", True),
        ("10.1.2.3", "https://[::ffff:10.1.2.3]", True),
        ("fd00::/8", "https://[fd00::1]:9000", True),
        ("[fd00::1]:9000", "http://[fd00::1]:9000", True),
        ("[fd00::1]:9000", "http://[fd00::1]:9001", False),
        ("fd00::1", "http://[fd00::1]:9001", True),
        ("10.0.0.0/99, <local>, http://x, .", "https://discord.com", False),
        ("0.1.2.3", "https://10.1.2.3", False),
        ("", "https://discord.com", False),
    ],
)
def test_what_no_proxy_names_is_reached_directly(no_proxy: str, url: str, direct: bool) -> None:
    assert (way(url, no_proxy) is None) == direct


def test_a_proxy_of_ones_own_is_used_for_every_host_but_this_machine() -> None:
    ways = WaysOut(https=OFFICE, direct=entries("*")).through(OWN)
    assert ways.proxy("https://discord.com") == ways.proxy("ws://discord.example.com") == OWN
    assert ways.proxy("http://127.0.0.1:8080") is None
    assert WaysOut(https=OFFICE).through(None).proxy("https://discord.com") == OFFICE


def test_a_password_is_not_shown() -> None:
    proxy = Proxy.parse("http://me%40office:p%3Ass%20w@proxy.example.com/")
    assert (proxy.url, proxy.login) == ("http://proxy.example.com", "me@office:p:ss w")
    assert "ss" not in repr(WaysOut(https=proxy))
