"""Slack: the app from its manifest, then its two tokens, in either order."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from adapters.slack.commands import SlackCommands
from adapters.slack.manifest import manifest
from bot.core.language import speak
from bot.core.language.catalogues import offered
from tests.bot.cli.setup.conftest import APP_TOKEN, BOT_TOKEN, Desk
from tests.fakes.slack import FakeSlack, Fault
from tests.support.console import Does, ScriptedConsole

KEPT = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN}


def link_in(console: ScriptedConsole) -> dict[str, Any]:
    """Return the manifest in the link that is shown."""
    url = next(word for word in console.shown.split() if word.startswith("https://api.slack.com/apps?"))
    asked = parse_qs(urlsplit(url).query)
    assert asked["new_app"] == ["1"]
    found: dict[str, Any] = json.loads(asked["manifest_json"][0])
    return found


async def test_both_tokens(desk: Desk, slack: FakeSlack) -> None:
    console = await desk.answer("slack", BOT_TOKEN, APP_TOKEN)
    assert console.ticks == ['imagine in "Work"', "connected"]
    assert desk.kept == KEPT
    assert desk.places is not None
    assert desk.places["Slack"].url == "https://slack.com/app_redirect?app=A0IMAGINE"


async def test_the_link_carries_the_manifest_and_a_file_has_it_too(desk: Desk, slack: FakeSlack) -> None:
    console = await desk.answer("slack", BOT_TOKEN, APP_TOKEN)
    wanted = yaml.safe_load(manifest(SlackCommands()))
    assert link_in(console) == wanted
    assert json.loads((desk.file.parent / "slack-manifest.json").read_text()) == wanted
    assert "If Create stays grey, open the link again" in console.shown


async def test_what_the_link_describes_is_in_the_operators_language(
    desk: Desk, slack: FakeSlack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("languages")
    (folder / "ja.po").write_text('msgid "Draw what you describe"\nmsgstr "言葉を絵にします"\n', "utf-8")
    with offered(folder):
        desk.texts = speak("ja_JP")
        console = await desk.answer("slack", BOT_TOKEN, APP_TOKEN)
    assert link_in(console)["features"]["slash_commands"][0]["description"] == "言葉を絵にします"
    assert "言葉を絵にします" in (desk.file.parent / "slack-manifest.json").read_text("utf-8")


async def test_where_no_file_can_be_written_the_manifest_is_shown(desk: Desk, slack: FakeSlack) -> None:
    (desk.file.parent / "slack-manifest.json").mkdir()
    console = await desk.answer(
        "slack", Does(lambda: (desk.file.parent / "slack-manifest.json").rmdir(), BOT_TOKEN), APP_TOKEN
    )
    assert '"socket_mode_enabled": true' in console.shown


async def test_commands_may_have_other_names(desk: Desk, slack: FakeSlack) -> None:
    desk.file.write_text("SLACK_IMAGINE_COMMAND=/draw\n")
    console = await desk.answer("slack", BOT_TOKEN, APP_TOKEN)
    assert link_in(console)["features"]["slash_commands"][0]["command"] == "/draw"
    assert desk.places is not None
    assert desk.places["Slack"].command == "/draw"


async def test_the_app_token_may_come_first(desk: Desk, slack: FakeSlack) -> None:
    console = await desk.answer("slack", APP_TOKEN, BOT_TOKEN)
    assert console.refusals == [
        "That is the app token (xapp-). It is kept for the next question. First the bot token (xoxb-), please."
    ]
    assert console.ticks == ['imagine in "Work"', "connected"]
    assert desk.kept == KEPT


_BOT, _APP = "The bot token begins with xoxb-.", "The app token begins with xapp-."


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("xoxp-1-2-AbCdEf", f"That is a user token (xoxp-). {_BOT}"),
        ("0123456789abcdef" * 2, f"That is a signing secret. {_BOT}"),
        ("xoxe.xoxp-1-AbCdEfGh", f"That is a configuration token (xoxe). {_BOT}"),
        ("xoxe-1-AbCdEfGh", f"That is a configuration token (xoxe). {_BOT}"),
        ("https://api.slack.com/apps", f"That is an address. {_BOT}"),
        ("AbCdEf", f"That is something else. {_BOT}"),
    ],
)
async def test_what_is_no_bot_token_is_said_before_slack_is_asked(
    desk: Desk, slack: FakeSlack, pasted: str, said: str
) -> None:
    console = await desk.answer("slack", pasted, BOT_TOKEN, APP_TOKEN)
    assert console.refusals == [said]


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        (BOT_TOKEN, f"That is the bot token (xoxb-) again. {_APP}"),
        ("xoxe.xoxp-1-AbCdEfGh", f"That is a configuration token (xoxe). {_APP}"),
        ("AbCdEf", f"That is something else. {_APP}"),
    ],
)
async def test_what_is_no_app_token_is_said_too(desk: Desk, slack: FakeSlack, pasted: str, said: str) -> None:
    console = await desk.answer("slack", BOT_TOKEN, pasted, APP_TOKEN)
    assert console.refusals == [said]


@pytest.mark.parametrize("token", ["bot", "app"])
async def test_a_refused_token_was_often_cut_short(desk: Desk, slack: FakeSlack, token: str) -> None:
    answers = [BOT_TOKEN, APP_TOKEN]
    short = answers[token == "app"][:-9]
    answers.insert(int(token == "app"), short)
    console = await desk.answer("slack", *answers)
    assert console.refusals == [
        "Slack refuses it (invalid_auth). Copy it with Slack's Copy button; marked by hand it is cut short."
    ]
    assert desk.kept == KEPT


async def test_missing_permissions_are_named_and_the_same_token_is_looked_at_again(
    desk: Desk, slack: FakeSlack
) -> None:
    slack.scopes.remove("files:write")
    reinstalled = Does(lambda: slack.scopes.append("files:write"))
    console = await desk.answer("slack", BOT_TOKEN, "", reinstalled, APP_TOKEN)
    assert len(console.refusals) == 2
    assert console.refusals[0].startswith("Missing permissions: files:write (to upload the images). Paste the manifest")
    assert "Press Enter once that is done." in console.shown
    assert desk.kept == KEPT


async def test_an_app_token_without_its_permission(desk: Desk, slack: FakeSlack) -> None:
    lacks = Fault(error="missing_scope", more={"needed": "connections:write", "provided": ""})
    slack.faults.add("apps.connections.open", lacks, 1)
    console = await desk.answer("slack", BOT_TOKEN, APP_TOKEN, APP_TOKEN)
    assert console.refusals == ["It lacks a permission: generate another one, with the scope connections:write."]


@pytest.mark.parametrize(("answer", "more"), [("y", ()), ("", (APP_TOKEN,))])
async def test_tokens_of_two_apps_are_pointed_out_and_may_be_kept(
    desk: Desk, slack: FakeSlack, answer: str, more: tuple[str, ...]
) -> None:
    other = slack.app_token = APP_TOKEN.replace("A0IMAGINE", "A0ANOTHER")
    taken = Does(lambda: setattr(slack, "app_token", APP_TOKEN), answer)
    console = await desk.answer("slack", BOT_TOKEN, other, taken, *more)
    assert console.refusals == ["These two belong to different apps (A0IMAGINE, A0ANOTHER). Take both from one app."]
    assert "Go on? [y/N]" in console.shown
    assert desk.kept["SLACK_APP_TOKEN"] == (APP_TOKEN if more else other)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"status": 500}, "Slack answered http_500. Try again later."),
        ({"retry_after": 30}, "Slack answered ratelimited. Try again later."),
        ({"cut": True}, "Slack can't be reached (ServerDisconnectedError)."),
        ({"error": "internal_error"}, "Slack answered internal_error. Try again later."),
    ],
)
async def test_a_slack_that_does_not_say_is_asked_again(
    desk: Desk, slack: FakeSlack, fault: dict[str, Any], said: str
) -> None:
    slack.fail("auth.test", **fault)
    console = await desk.answer("slack", BOT_TOKEN, "", APP_TOKEN)
    assert console.refusals == [said]
    assert desk.kept == KEPT


async def test_or_it_is_gone_on_without_a_check(desk: Desk, slack: FakeSlack) -> None:
    slack.fail("auth.test", status=500, times=2)
    slack.fail("apps.connections.open", status=500)
    await desk.answer("slack", BOT_TOKEN, "2", APP_TOKEN, "2")
    assert desk.kept == KEPT


async def test_http_mode_needs_no_app_token(desk: Desk, slack: FakeSlack) -> None:
    desk.file.write_text("SLACK_SIGNING_SECRET=0123456789abcdef0123456789abcdef\n")
    console = await desk.answer("slack", BOT_TOKEN)
    assert console.ticks == ['imagine in "Work"']


async def test_the_second_time_only_what_is_missing_is_asked_for(desk: Desk, slack: FakeSlack) -> None:
    desk.file.write_text(f"COMETAPI_KEY=sandbox\nSLACK_BOT_TOKEN={BOT_TOKEN}\n")
    console = await desk.answer(None, APP_TOKEN)
    assert console.asked == 1
    console = await desk.answer(None)
    assert console.asked == 0
    assert 'Slack: set (…UvWx), checked. imagine in "Work"' in console.ticks
    assert not (desk.file.parent / "slack-manifest.json").exists()


async def test_tokens_that_were_swapped_in_the_file_are_said_before_slack_is_asked(
    desk: Desk, slack: FakeSlack
) -> None:
    desk.file.write_text(f"SLACK_BOT_TOKEN={APP_TOKEN}\nSLACK_APP_TOKEN={BOT_TOKEN}\n")
    console = await desk.answer("slack", BOT_TOKEN, APP_TOKEN)
    assert [each.partition(". ")[0] for each in console.refusals] == [
        "That is the app token (xapp-)",
        "That is the bot token (xoxb-) again",
    ]
    assert desk.kept == KEPT
