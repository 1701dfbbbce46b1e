"""A click can be taken back for five seconds, and nothing is sent in that time."""

from datetime import timedelta

import aiohttp

from adapters.web.undo import UNDO_SECONDS
from bot.core.commands.imagine import HOLD
from tests.adapters.web.speak import ask, get, post, printed, until
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.web_browser import browser


async def test_an_undone_press_costs_nothing_and_does_not_stand_in_the_way_of_the_next(
    ada: aiohttp.ClientSession, gateway: FakeCometAPI
) -> None:
    _, boat = await ask(ada, "a paper boat")
    assert (await until(ada, boat["job"], "delivered"))["undo"] is False
    _, before = await get(ada, "/api/quota")
    status, held = await post(ada, f"/api/jobs/{boat['job']}/again", {"undo": True})
    assert status == 202
    _, job = await get(ada, f"/api/jobs/{held['job']}")
    assert (job["undo"], job["status"]) == (True, "queued")
    assert (await get(ada, "/api/quota"))[1]["reserved"] == 1
    assert (await post(ada, f"/api/jobs/{held['job']}/cancel"))[0] == 200
    assert (await until(ada, held["job"], "cancelled"))["undo"] is False
    assert (await get(ada, "/api/quota"))[1] == before
    assert len(gateway.requests) == 1
    _, next_one = await post(ada, f"/api/jobs/{boat['job']}/again")
    assert next_one["job"] != held["job"]
    await until(ada, next_one["job"], "delivered")
    assert len(gateway.requests) == 2


async def test_a_restart_in_between_draws_it_once(start_bot: StartBot, gateway: FakeCometAPI) -> None:
    async with start_bot(playground=True) as running, browser(printed(running)) as ada:
        _, boat = await ask(ada, "a paper boat")
        await until(ada, boat["job"], "delivered")
        _, held = await post(ada, f"/api/jobs/{boat['job']}/again", {"undo": True})
        cookies = {cookie.key: cookie.value for cookie in ada.cookie_jar}
    assert len(gateway.requests) == 1
    async with start_bot(playground=True) as running, browser(printed(running), cookies) as ada:
        await until(ada, held["job"], "delivered")
    assert len(gateway.requests) == 2


async def test_a_job_tells_its_options_as_they_were_asked_for(ada: aiohttp.ClientSession) -> None:
    _, boat = await ask(ada, "a paper boat --ar 16:9", options={"quality": "hd"})
    assert (await get(ada, f"/api/jobs/{boat['job']}"))[1]["options"] == {"ar": "16:9", "quality": "hd"}
    status, refusal = await post(ada, f"/api/jobs/{boat['job']}/again", {"undo": "yes"})
    assert (status, refusal["error"]) == (400, "undo must be true or false.")


def test_no_worker_takes_a_job_while_it_can_be_undone() -> None:
    assert timedelta(seconds=UNDO_SECONDS) < HOLD / 2
