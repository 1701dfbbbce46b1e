"""The key: each answer is checked at once, with a sentence that says what is wrong, and kept as soon as it holds."""

import logging

import pytest

from tests.bot.cli.setup.conftest import KEY, Desk
from tests.fakes.cometapi import FakeCometAPI, Says

OTHER = "sk-AbCdEf-another-key-of-somebody"


async def test_a_key_that_holds_is_kept(desk: Desk, cometapi: FakeCometAPI, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        console = await desk.answer("key", KEY)
    assert console.ticks == ["accepted · balance $5.00 · draws with dall-e-3"]
    assert desk.kept == {"COMETAPI_KEY": KEY}
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("account", "limit", "said"),
    [
        ({"total_quota": 5.0}, 2.0, "accepted · balance $2.00 · draws with dall-e-3"),
        ({"total_quota": 1}, 2.0, "accepted · balance $1.00 · draws with dall-e-3"),
        ({"total_quota": "much"}, None, "accepted · draws with dall-e-3"),
        (Says(status=500), None, "accepted · draws with dall-e-3"),
        (Says(body="<html>"), None, "accepted · draws with dall-e-3"),
        (Says(body=b" " * 70_000), None, "accepted · draws with dall-e-3"),
    ],
)
async def test_the_balance_is_what_can_be_spent_with_this_key(
    desk: Desk, cometapi: FakeCometAPI, account: object, limit: float | None, said: str
) -> None:
    cometapi.account = account
    if limit is not None:
        cometapi.billing = {"subscription": {"hard_limit_usd": limit}, "usage": {"total_usage": 0}}
    assert (await desk.answer("key", KEY)).ticks == [said]


async def test_a_refused_key_is_said_in_the_gateways_words_and_asked_for_again(
    desk: Desk, cometapi: FakeCometAPI
) -> None:
    console = await desk.answer("key", OTHER, KEY)
    assert console.refusals[0].endswith('refuses this key: "invalid token". Copy it once more.')
    assert desk.kept == {"COMETAPI_KEY": KEY}


async def test_after_three_refusals_the_operator_is_left_alone_with_it(desk: Desk, cometapi: FakeCometAPI) -> None:
    console = await desk.answer("key", OTHER, OTHER, OTHER, "", KEY)
    assert "I'll wait. Press Enter when you have a new one:" in console.shown
    assert desk.kept == {"COMETAPI_KEY": KEY}


@pytest.mark.parametrize("goes_on", ["", "y"])
async def test_an_empty_balance_is_said_and_the_operator_may_go_on(
    desk: Desk, cometapi: FakeCometAPI, goes_on: str
) -> None:
    cometapi.account = {"total_quota": 0}
    console = await desk.answer("key", KEY, goes_on)
    assert console.refusals == [
        "accepted, but the balance is $0.00: pictures will fail until you top up at https://www.cometapi.com/console"
    ]
    assert "Go on? [Y/n]" in console.shown
    assert desk.kept == {"COMETAPI_KEY": KEY}


async def test_or_take_another_key(desk: Desk, cometapi: FakeCometAPI) -> None:
    cometapi.account = {"total_quota": -0.5}
    cometapi.keys = {KEY, OTHER}
    console = await desk.answer("key", OTHER, "n", KEY, "")
    assert "$-0.50" in console.refusals[0]
    assert desk.kept == {"COMETAPI_KEY": KEY}


async def test_enter_means_test_pictures_and_asks_nobody(desk: Desk) -> None:
    console = await desk.answer("key", "")
    assert "https://www.cometapi.com/console/login" in console.shown
    assert console.ticks == [
        'test pictures: marked "test", drawn on this machine. `imagine-bot setup key` changes that later.'
    ]
    assert desk.kept == {"COMETAPI_KEY": "sandbox"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Says(status=500, body={"error": {"message": "it failed", "code": "", "type": "x"}}), "answered with an error"),
        (Says(status=429, headers={"Retry-After": "30"}), "answered with an error"),
        (Says(status=502, body="<html>Bad gateway</html>"), "answered with an error"),
    ],
)
async def test_a_gateway_that_does_not_say_is_asked_again_or_left_for_later(
    desk: Desk, cometapi: FakeCometAPI, answer: Says, said: str
) -> None:
    cometapi.keyed_list = answer
    console = await desk.answer("key", KEY, "1", "2")
    assert [said in refusal for refusal in console.refusals] == [True, True]
    assert "1 try again  2 go on without a check   [1]:" in console.shown
    assert desk.kept == {"COMETAPI_KEY": KEY}


async def test_a_gateway_that_cannot_be_reached(desk: Desk, cometapi: FakeCometAPI) -> None:
    await cometapi.vanish()
    console = await desk.answer("key", KEY, "2")
    assert "can't be reached (ClientConnectorError)." in console.refusals[0]
    assert desk.kept == {"COMETAPI_KEY": KEY}


@pytest.mark.parametrize(
    "pasted",
    [
        f"  {KEY} \t",
        f'"{KEY}"',
        f"“{KEY}”",
        f"COMETAPI_KEY={KEY}",
        f"export COMETAPI_KEY='{KEY}'",
        f"cometapi_key: {KEY}",
        f"Bearer {KEY}",
        f"\u200b{KEY}\ufeff",
        f"{KEY}\r",
    ],
)
async def test_what_was_copied_around_it_is_left_out(desk: Desk, cometapi: FakeCometAPI, pasted: str) -> None:
    await desk.answer("key", pasted)
    assert desk.kept == {"COMETAPI_KEY": KEY}


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("AbCdEf" * 20_000, "That is far too long: copy only the value itself."),
        ("sk-AbCdEf and more", "There is a space or a letter in it that no key and no token has. Copy it once more."),
        ("sk-AbCdEf-schlüssel", "There is a space or a letter in it that no key and no token has. Copy it once more."),
        ("", "Nothing was pasted."),
    ],
)
async def test_what_can_be_no_key_is_said_without_asking_anybody(
    desk: Desk, cometapi: FakeCometAPI, pasted: str, said: str
) -> None:
    console = await desk.answer("key", pasted, KEY)
    assert console.refusals == [said]


async def test_a_key_that_holds_may_be_replaced_where_it_alone_is_set_up(desk: Desk, cometapi: FakeCometAPI) -> None:
    cometapi.keys = {KEY, OTHER}
    await desk.answer("key", KEY)
    console = await desk.answer("key", "")
    assert console.ticks == ["Key: set (…2345), checked. accepted · balance $5.00 · draws with dall-e-3"]
    assert desk.kept == {"COMETAPI_KEY": KEY}
    await desk.answer("key", OTHER)
    assert desk.kept == {"COMETAPI_KEY": OTHER}


async def test_one_that_holds_no_longer_is_asked_for_again(desk: Desk, cometapi: FakeCometAPI) -> None:
    desk.file.write_text(f"# mine\nCOMETAPI_KEY={OTHER}\nQUOTA_IMAGES=5\n")
    desk.file.chmod(0o600)
    console = await desk.answer("key", KEY)
    assert "invalid token" in console.refusals[0]
    assert desk.file.read_text() == f"# mine\nCOMETAPI_KEY={KEY}\nQUOTA_IMAGES=5\n"


async def test_a_placeholder_counts_as_not_set(desk: Desk, cometapi: FakeCometAPI) -> None:
    desk.file.write_text("COMETAPI_KEY=<your key>\n")
    await desk.answer("key", KEY)
    assert desk.kept == {"COMETAPI_KEY": KEY}


async def test_what_the_environment_has_goes_first_and_that_is_said(
    desk: Desk, cometapi: FakeCometAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMETAPI_KEY", KEY)
    console = await desk.answer("key")
    assert console.ticks[0].startswith("Key: set in the environment (…2345), checked.")
    monkeypatch.setenv("COMETAPI_KEY", OTHER)
    console = await desk.answer("key")
    assert console.refusals[1] == (
        "COMETAPI_KEY is set in the environment, which goes before .env. Change it there, or unset it."
    )
    assert desk.places is None
    assert not desk.file.exists()
