"""The doctor says which token is wrong, and which scopes are missing."""

import re

import pytest

from adapters.slack.doctor import checks
from bot.core.doctor import Check
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, FakeSlack


async def _checks(
    slack: FakeSlack,
    *,
    bot_token: str = BOT_TOKEN,
    app_token: str | None = APP_TOKEN,
    signing_secret: str | None = None,
    api_url: str | None = None,
) -> dict[str, Check]:
    found = await checks(
        bot_token=bot_token, app_token=app_token, signing_secret=signing_secret, api_url=api_url or slack.api_url
    )
    return {check.name: check for check in found}


async def test_all_is_well(slack: FakeSlack) -> None:
    found = await _checks(slack)
    assert all(check.ok for check in found.values())
    assert list(found) == ["Slack bot token", "Slack scopes", "Slack app token"]
    assert slack.world.messages == []


async def test_missing_scopes_are_named(slack: FakeSlack) -> None:
    slack.scopes.remove("files:write")
    slack.scopes.remove("im:write")
    found = (await _checks(slack))["Slack scopes"]
    assert not found.ok
    assert "files:write (to upload the images)" in str(found.detail)
    assert "im:write" in str(found.detail)
    assert "files:read" not in str(found.detail)
    assert "reinstall" in str(found.advice)


async def test_what_an_older_installation_lacks_is_named_and_what_was_declined_is_no_fault(slack: FakeSlack) -> None:
    slack.scopes[:] = ["commands", "chat:write", "files:write", "files:read", "im:write", "users:read"]
    found = (await _checks(slack))["Slack scopes"]
    assert not found.ok
    assert "app_mentions:read" in str(found.detail)
    assert "im:history" in str(found.detail)
    assert "channels:join" not in str(found.detail)
    assert "has the events" in str(found.advice)
    slack.scopes += ["app_mentions:read", "im:history"]
    found = (await _checks(slack))["Slack scopes"]
    assert found.ok
    assert "app_mention, message.im" in str(found.detail)
    assert "declined: channels:join" in str(found.detail)


async def test_scopes_that_no_header_names_could_not_be_seen(slack: FakeSlack) -> None:
    slack.names_scopes = False
    found = (await _checks(slack))["Slack scopes"]
    assert (found.ok, found.advice) == (True, None)
    assert "Slack doesn't say which ones are granted" in str(found.detail)
    slack.names_scopes = True
    slack.scopes.clear()  # a header without any scope
    assert not (await _checks(slack))["Slack scopes"].ok


@pytest.mark.parametrize(("ahead", "word"), [(90, "behind"), (-90, "ahead of")])
async def test_a_clock_that_is_wrong_is_named(slack: FakeSlack, ahead: float, word: str) -> None:
    slack.ahead = ahead
    found = (await _checks(slack))["Clock"]
    assert re.match(rf"This machine's clock is \d+ s {word} Slack's.", str(found.detail))
    assert found.ok


async def test_a_wrong_bot_token_is_named(slack: FakeSlack) -> None:
    found = (await _checks(slack, bot_token="xoxb-wrong"))["Slack bot token"]
    assert not found.ok
    assert "invalid_auth" in str(found.detail)
    assert "SLACK_BOT_TOKEN" in str(found.advice)


async def test_a_wrong_app_token_is_named(slack: FakeSlack) -> None:
    found = (await _checks(slack, app_token="xapp-wrong"))["Slack app token"]
    assert not found.ok
    assert "SLACK_APP_TOKEN" in str(found.advice)


async def test_without_an_app_token_the_mode_is_http(slack: FakeSlack) -> None:
    assert (await _checks(slack, app_token=None, signing_secret=SIGNING_SECRET))["Slack HTTP mode"].ok
    assert not (await _checks(slack, app_token=None))["Slack transport"].ok


async def test_an_unreachable_slack_is_named(slack: FakeSlack) -> None:
    found = await _checks(slack, api_url="http://127.0.0.1:1/api/")
    assert not any(check.ok for check in found.values())
    assert "SLACK_API_URL" in str(found["Slack bot token"].advice)


async def test_exchanged_tokens_are_seen_without_asking_slack(slack: FakeSlack) -> None:
    found = await _checks(slack, bot_token=APP_TOKEN, app_token=BOT_TOKEN)
    assert "are swapped" in str(found["Slack bot token"].detail)
    assert "holds a bot token" in str(found["Slack app token"].detail)
    assert not any(check.ok for check in found.values())
    assert not slack.called("auth.test")
    assert not slack.called("apps.connections.open")


async def test_an_app_token_in_place_of_the_bots_is_named(slack: FakeSlack) -> None:
    found = (await _checks(slack, bot_token=APP_TOKEN))["Slack bot token"]
    assert not found.ok
    assert "an app token" in str(found.detail)
    assert "swapped" not in str(found.detail)
