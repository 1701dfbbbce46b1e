"""Commands that are called by other names, because another app has the usual ones."""

from tests.conftest import StartBot
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import slack_platform

NAMES = {"slack_imagine_command": "/draw", "slack_quota_command": "/left", "slack_history_command": "drawn"}


async def test_renamed_commands_work_and_are_told_by_their_names(start_bot: StartBot) -> None:
    async with FakeSlack() as slack, slack_platform(start_bot, slack=slack, **NAMES) as driver:
        await slack.command("/draw", "help")
        help_text = await driver.wait_for(lambda seen: "draws what you describe" in seen.text)
        assert "/draw a paper boat" in help_text.text
        assert "/left shows" in help_text.text
        assert "/imagine" not in help_text.text
        await slack.command("/drawn")
        await driver.wait_for(lambda seen: "Try /draw" in seen.text)
        await slack.command("/draw", "a kite")
        await driver.wait_for(lambda seen: bool(seen.images))
        await slack.command("/left")
        await driver.wait_for(lambda seen: "(1 used)" in seen.text)
