"""The whole bot on PostgreSQL: the address of the database is all that changes."""

from contextlib import AsyncExitStack

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.web_driver import WebDriver


async def test_two_replicas_share_one_database(start_bot: StartBot, gateway: FakeCometAPI, postgres_url: str) -> None:
    given = {"playground": True, "database_url": postgres_url, "max_concurrent_jobs": 1, "quota_images": 3}
    async with start_bot(**given) as one, start_bot(**given) as other, AsyncExitStack() as stack:
        here, there = WebDriver(one.opened_at["web"], stack), WebDriver(other.opened_at["web"], stack)
        gateway.hold()
        await here.imagine("first")
        await gateway.arrived()
        await there.imagine("second")
        await there.wait_for(lambda seen: "Next in the queue" in seen.text)
        assert len(gateway.requests) == 1
        gateway.release()
        await here.wait_for(lambda seen: bool(seen.images))
        drawn = await there.wait_for(lambda seen: bool(seen.images))
        await there.press(drawn, "Again")
        await there.wait_for(lambda seen: bool(seen.images) and seen.id != drawn.id)
        await there.imagine("--n 2 too many")
        await there.wait_for(lambda seen: "you have 1 of 3 left" in seen.text)
        await there.history()
        await there.wait_for(lambda seen: "newest first" in seen.text and "first," not in seen.text)
        assert len(gateway.requests) == 3
