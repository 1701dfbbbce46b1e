"""A portal, or a proxy, answers every request with a web page of its own: no page is shown, and nothing breaks."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.conftest import BotSettings
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN
from tests.system.test_doctor import diagnosis

PAGE = "<!DOCTYPE html><html><head><title>Log in</title></head><body>Please log in to this network.</body></html>"


@pytest.fixture(params=[200, 302, 403, 503, 511])
async def portal(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    async def answer(_: web.Request) -> web.Response:
        headers = {"Location": "/login"} if request.param == 302 else {}
        return web.Response(status=request.param, text=PAGE, content_type="text/html", headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_the_doctor_shows_no_page(
    bot_settings: BotSettings, portal: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    well, out = await diagnosis(
        bot_settings,
        COMETAPI_BASE_URL=f"{portal}/v1",
        DISCORD_TOKEN="a.b.c",
        DISCORD_SERVERS="800000000000000001",
        DISCORD_API_URL=f"{portal}/api/v10",
        SLACK_BOT_TOKEN=BOT_TOKEN,
        SLACK_APP_TOKEN=APP_TOKEN,
        SLACK_API_URL=f"{portal}/api/",
    )
    assert not well
    assert [line.split(":")[0] for line in out.splitlines() if line.startswith("FAIL")] == [
        f"FAIL  {name}" for name in ("gateway key", "Discord token", "Slack bot token", "Slack app token")
    ]
    assert "<" not in out + caplog.text
