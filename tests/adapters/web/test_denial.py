"""Which requests are refused no matter who sends them, and what the key is good for."""

import pytest

from adapters.web.access import Denial, address, denial
from adapters.web.key import Key

HERE = {"Host": "localhost:8080"}
KEY = Key("k" * 32)
ADA = "a" * 43


@pytest.mark.parametrize(
    "host",
    ["localhost:8080", "127.0.0.1", "127.0.0.1:9000", "demo.localhost:8080", "[::1]:8080", "LOCALHOST:8080"],
)
def test_an_address_of_this_machine_is_right_at_any_port(host: str) -> None:
    assert denial({"Host": host}) is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": ""},
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "192.168.1.7:8080"},
        {"Host": "0.0.0.0:8080"},
        {"Host": "[::1"},
        {"Host": "evil.example@127.0.0.1.evil.example"},
    ],
)
def test_another_name_is_refused_even_a_link_to_the_page(headers: dict[str, str]) -> None:
    assert denial(headers, from_anywhere=True) is Denial.NOT_LOCAL


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_is_refused_except_for_a_link_to_the_page(headers: dict[str, str]) -> None:
    assert denial({**HERE, **headers}) is Denial.OTHER_SITE
    assert denial({**HERE, **headers}, from_anywhere=True) is None


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {}],
)
def test_the_page_itself_and_programs_are_not(headers: dict[str, str]) -> None:
    assert denial({**HERE, **headers}) is None


@pytest.mark.parametrize(
    ("host", "printed"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "127.0.0.1"),
        ("172.17.0.2", "127.0.0.1"),
        ("localhost", "localhost"),
        ("::1", "[::1]"),
    ],
)
def test_the_printed_address_is_this_machines_for_any_host_that_the_page_listens_on(host: str, printed: str) -> None:
    assert address(host, 8080, KEY) == f"http://{printed}:8080/?key={'k' * 32}"


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        ADA,
        f"{ADA}.",
        f"{ADA}.{'A' * 43}",
        Key("o" * 32).cookie(ADA),
        f"b{KEY.cookie(ADA)[1:]}",
        f"{KEY.cookie(ADA)}=",
        f"{ADA}.{KEY.token(ADA)}",
        "é.é",
        "x" * 5000,
    ],
)
def test_a_cookie_that_was_not_made_with_the_key_is_nobodys(cookie: str) -> None:
    assert KEY.person(KEY.cookie(ADA)) == ADA
    assert KEY.person(cookie) is None


@pytest.mark.parametrize("given", ["", "k" * 31, "k" * 33, "é" * 32, "\udc80", "K" * 32])
def test_nothing_but_the_key_is_the_key(given: str) -> None:
    assert KEY.is_("k" * 32)
    assert not KEY.is_(given)
    assert not KEY.is_token(given, ADA)


def test_what_is_printed_of_a_key_does_not_have_it() -> None:
    assert "kkk" not in repr(KEY)
