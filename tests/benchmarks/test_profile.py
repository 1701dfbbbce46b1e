"""The profile of a job: samples of all threads, by areas; and the bot can be run without its promises."""

import signal
import threading
import time

from benchmarks import without
from benchmarks.areas import OTHER, by_area
from benchmarks.processes import World
from benchmarks.profiling import BEGIN, END, in_page
from benchmarks.sampler import Sampler

LIBRARIES = "/venv/lib/python3/site-packages"


def test_the_innermost_call_that_is_in_an_area_decides() -> None:
    stacks = {
        (
            "/python/re.py:match",
            "/here/bot/core/images/png.py:outline",
            "/here/bot/core/jobs/worker.py:run",
            "main",
        ): 1.0,
        (f"{LIBRARIES}/sqlalchemy/engine/base.py:execute", "/here/storage/ledger/accept.py:accept", "sqlite_0"): 3.0,
        ("/python/concurrent/futures/thread.py:_worker", "sqlite_0"): 0.5,
        ("/python/json/decoder.py:decode", f"{LIBRARIES}/discord/http.py:request", "MainThread"): 0.25,
        ("/python/concurrent/futures/thread.py:_worker", "images_0"): 0.125,
    }
    areas = by_area(stacks)
    assert {name: area.seconds for name, area in areas.items()} == {
        "ledger": 3.5,
        "images": 1.0,
        "JSON": 0.25,
        OTHER: 0.125,
    }
    assert next(iter(areas)) == "ledger"
    assert areas["images"].calls == {"images/png.py:outline": 1.0}


def _spin(seconds: float) -> None:
    while time.thread_time() < seconds:
        pass


def test_the_time_of_each_thread_is_sampled() -> None:
    sampler = Sampler()
    sampler.start()
    other = threading.Thread(target=_spin, args=(0.05,), name="spinner")
    other.start()
    other.join()
    stacks = sampler.stop()
    assert any(stack[-1] == "spinner" and "_spin" in stack[0] for stack in stacks)


def test_the_profile_is_put_where_the_page_has_the_last_one() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert in_page(page, ["new", "lines"]) == f"before\n{BEGIN}\n\nnew\nlines\n\n{END}\nafter\n"


async def test_a_bot_without_its_promises_draws_and_answers_how_many_objects_it_has() -> None:
    async with (
        World.open() as world,
        world.bot("discord", module="benchmarks.observed", without=without.ALL, **without.settings(without.ALL)) as bot,
    ):
        await world.run(platform="discord", bot=bot.url, jobs=2)
        assert int(await bot.answer(signal.SIGUSR1)) > 0
