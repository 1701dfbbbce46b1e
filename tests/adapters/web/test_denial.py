"""Who gets past the door."""

import pytest

from adapters.web.access import Denial, denial

HERE = {"Host": "localhost:8080"}


@pytest.mark.parametrize(
    ("peer", "host"),
    [
        ("127.0.0.1", "localhost:8080"),
        ("127.0.0.1", "127.0.0.1"),
        ("127.8.9.1", "demo.localhost:8080"),
        ("::1", "[::1]:8080"),
        ("::ffff:127.0.0.1", "LOCALHOST:8080"),
    ],
)
def test_this_machine_comes_in(peer: str, host: str) -> None:
    assert denial(peer=peer, headers={"Host": host}) is None


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("192.168.1.7", HERE),
        ("8.8.8.8", HERE),
        ("::ffff:192.168.1.7", HERE),
        ("", HERE),
        (None, HERE),
        ("127.0.0.1", {}),
        ("127.0.0.1", {"Host": "evil.example"}),
        ("127.0.0.1", {"Host": "localhost.evil.example"}),
        ("127.0.0.1", {"Host": "127.0.0.1.evil.example"}),
        ("127.0.0.1", {"Host": "[::1"}),
        ("127.0.0.1", {**HERE, "X-Forwarded-For": "203.0.113.9"}),
        ("127.0.0.1", {**HERE, "Forwarded": "for=203.0.113.9"}),
    ],
)
def test_nobody_else_does(peer: str | None, headers: dict[str, str]) -> None:
    assert denial(peer=peer, headers=headers, from_anywhere=True) is Denial.NOT_LOCAL


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
    assert denial(peer="127.0.0.1", headers={**HERE, **headers}) is Denial.OTHER_SITE
    assert denial(peer="127.0.0.1", headers={**HERE, **headers}, from_anywhere=True) is None


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {}],
)
def test_the_page_itself_and_programs_are_not(headers: dict[str, str]) -> None:
    assert denial(peer="127.0.0.1", headers={**HERE, **headers}) is None
