"""Addresses: the release before can read what this one writes, and this one what any release wrote."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from string import ascii_uppercase, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.address import DiscordAddress
from adapters.slack.address import SlackAddress
from adapters.web.address import WebAddress
from bot.core.origin import Address
from tests.fixtures.ledgers import FOLDER

AnyAddress = DiscordAddress | SlackAddress | WebAddress
KINDS: Mapping[str, type[AnyAddress]] = {"discord": DiscordAddress, "slack": SlackAddress, "web": WebAddress}
WRITTEN = {
    "discord": {
        "application": "1",
        "interaction": "2",
        "guild": "3",
        "channel": "4",
        "name": "#design",
        "message": "5",
        "private": "yes",
        "moved": "yes",
        "deleted": "yes",
        "followup": "yes",
        "asked_guild": "7",
        "asked_channel": "8",
        "user": "6",
        "locale": "ja",
        "file_limit": "10485760",
        "expires": "1795715355",
    },
    "slack": {
        "team": "T1",
        "user": "U1",
        "channel": "C1",
        "name": "#design",
        "locale": "ja-JP",
        "ts": "1795714456.000005",
        "moved": "yes",
        "deleted": "yes",
        "asked_channel": "C2",
        "files": "0a/0=F1 0a/1=F2",
    },
    "web": {"person": "web:ada", "job": "0a"},
}
OPTIONAL = {"moved", "deleted", "followup", "asked_guild", "asked_channel"}
TOKENS = {"discord": {"sealed": "an-encrypted-token", "interaction": "a-token"}, "slack": {}, "web": {}}

words = st.text(st.characters(categories=["L", "N", "P"]), min_size=1)
others = st.dictionaries(words.map(lambda name: f"new_{name}"), st.text())
given_in_any = {"unknown": others, "unknown_tokens": others}
hexadecimal, capitals = "0123456789abcdef", ascii_uppercase + digits
remote_addresses = st.one_of(
    st.builds(
        DiscordAddress,
        **{name: st.text() for name in ("application", "interaction", "guild", "channel", "name", "message", "user")},
        **{name: st.text() for name in ("locale", "asked_guild", "asked_channel")},
        **{name: st.booleans() for name in ("private", "moved", "deleted", "followup")},
        file_limit=st.none() | st.integers(0, 2**40),
        expires=st.none() | st.integers(0, 2**33).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
        sealed=st.text(),
        token=st.text(),
        **given_in_any,
    ),
    st.builds(
        SlackAddress,
        **{name: st.text() for name in ("team", "user", "channel", "name", "locale", "ts", "link", "asked_channel")},
        **{name: st.booleans() for name in ("moved", "deleted")},
        files=st.dictionaries(
            st.tuples(st.text(hexadecimal, min_size=26, max_size=26), st.integers(0, 99)),
            st.text(capitals, min_size=8, max_size=8).map("F".__add__),
        ),
        **given_in_any,
    ),
)
addresses = remote_addresses | st.builds(WebAddress, person=st.text(), job=st.text(), **given_in_any)


def old_addresses() -> Iterator[tuple[str, Address]]:
    """Yield each address in the ledgers that earlier releases wrote, with the job that it belongs to."""
    for path in sorted(FOLDER.glob("ledger-*.db")):
        with closing(sqlite3.connect(path)) as ledger:
            for job, platform, place, tokens, link in ledger.execute(
                "SELECT id, platform, place, tokens, link FROM jobs"
            ):
                address = Address(platform=platform, place=json.loads(place), tokens=json.loads(tokens), link=link)
                yield f"{path.stem} {job}", address


OLD = dict(old_addresses())


@given(addresses)
def test_what_was_written_is_read_back_the_same(address: AnyAddress) -> None:
    assert type(address).of(address.envelope) == address


@pytest.mark.parametrize("job", OLD)
def test_an_address_of_an_earlier_release_is_written_as_it_was(job: str) -> None:
    assert KINDS[OLD[job].platform].of(OLD[job]).envelope == OLD[job]


def test_there_are_earlier_addresses_of_every_platform() -> None:
    assert {address.platform for address in OLD.values()} == KINDS.keys()


@pytest.mark.parametrize("platform", KINDS)
def test_the_names_and_words_of_the_parts_do_not_change(platform: str) -> None:
    address = Address(platform=platform, place=WRITTEN[platform], tokens=TOKENS[platform])
    read = KINDS[platform].of(address)
    assert not read.unknown
    assert not read.unknown_tokens
    assert read.to_json() == WRITTEN[platform]
    assert read.envelope.tokens == TOKENS[platform]


@given(st.sampled_from(list(KINDS)), st.data())
def test_parts_may_be_missing_unreadable_or_unknown(platform: str, data: st.DataObject) -> None:
    known = data.draw(st.dictionaries(st.sampled_from(list(WRITTEN[platform])), st.text() | st.just("-1")))
    unknown, tokens = data.draw(others), data.draw(others)
    written = KINDS[platform].of(Address(platform=platform, place={**known, **unknown}, tokens=tokens)).envelope
    assert written.place.items() >= unknown.items()
    assert written.tokens == tokens


def test_what_a_fresh_address_leaves_out() -> None:
    assert SlackAddress(team="T1", user="U1", channel="C1").to_json().keys() == {"team", "user", "channel", "name"}
    assert WebAddress(person="web:ada").to_json() == {"person": "web:ada"}
    discord = DiscordAddress().to_json()
    assert discord == dict.fromkeys(WRITTEN["discord"].keys() - OPTIONAL, "")


@given(addresses)
def test_no_token_is_seen_in_a_log(address: AnyAddress) -> None:
    secret = "a-token-of-an-interaction"
    envelope = Address(platform="any", tokens={"interaction": secret, "sealed": secret, "another": secret})
    assert secret not in repr(type(address).of(envelope))
