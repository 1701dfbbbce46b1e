"""The key in a real browser, which decides by itself what it sends, and to which server."""

import aiohttp
from aiohttp import web
from playwright.async_api import BrowserContext, Page, expect
from yarl import URL

from bot.cli.assembly import Running
from bot.cli.local_gateway import listening
from tests.adapters.web.speak import printed


async def test_links_of_other_sites_open_the_page_and_other_ports_get_no_token(
    page: Page, context: BrowserContext, running: Running
) -> None:
    """A real browser decides which cookies come with what; another port of the machine gets ours, and no token."""
    address, heard = printed(running), []

    async def elsewhere(request: web.Request) -> web.Response:
        heard.append((request.headers.get("Cookie", ""), request.headers.get("Referer", ""), request.path_qs))
        links = f'<a href="{address}">with the key</a> <a href="{URL(address).origin()}">without</a>'
        return web.Response(text=links, content_type="text/html")

    assert page.url == f"{URL(address).origin()}/"
    app = web.Application()
    app.router.add_get("/", elsewhere)
    async with listening(app, 0) as other:
        for link in ("with the key", "without"):
            await page.goto(other.replace("127.0.0.1", "other.localhost"))
            await page.get_by_role("link", name=link).click()
            await page.locator("#quota").wait_for()
            assert page.url == f"{URL(address).origin()}/"
        await page.goto(other)
        assert await page.evaluate("localStorage.length") == 0
    cookie, *_ = heard[-1]
    assert cookie.startswith("imagine_playground=")
    assert not any(URL(address).query["key"] in told for each in heard for told in each)
    async with (
        aiohttp.ClientSession(URL(address).origin(), headers={"Cookie": cookie}) as thief,
        thief.get("/api/jobs") as answer,
    ):
        assert answer.status == 403
    forgotten = await context.new_page()
    await forgotten.goto("/")
    await forgotten.evaluate("localStorage.clear()")
    await forgotten.reload()
    await expect(forgotten.get_by_text("Open the playground by the whole address")).to_be_visible()
