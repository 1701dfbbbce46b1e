"""A batch: schedules that share one platform, one gateway, one bot and the same faults; played, then checked."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

from tests.chaos.actors import Actors
from tests.chaos.bots import Bots
from tests.chaos.discord import discord_place
from tests.chaos.evidence import Evidence
from tests.chaos.faults import Faults, described, forecast
from tests.chaos.gateway import Account
from tests.chaos.invariants import broken
from tests.chaos.ledger import Ledger, read, unsettled
from tests.chaos.platform import ChaosPlatform
from tests.chaos.playground import web_place
from tests.chaos.records import leaks, listening
from tests.chaos.schedule import OPEN_JOBS, QUOTA, Schedule, draw_up
from tests.chaos.slack import slack_place
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Seen

CHAOS_PLATFORMS: Mapping[str, Callable[[], AbstractAsyncContextManager[ChaosPlatform]]] = {
    "playground": web_place,
    "discord": discord_place,
    "slack-socket": partial(slack_place, "socket"),
    "slack-http": partial(slack_place, "http"),
}
_KEY = "sk-of-the-chaos"
_SETTLING_SECONDS = 45.0
_QUIET_SECONDS = 0.3


async def play(platform: str, seeds: Iterable[int], folder: Path) -> list[str]:
    """Play the schedules of these seeds together, and return what promises were broken, with all that led to it."""
    schedules = [draw_up(seed, platform) for seed in seeds]
    async with FakeCometAPI() as gateway, CHAOS_PLATFORMS[platform]() as place:
        place.prepare(schedules)
        account = Account(gateway, (ask for schedule in schedules for ask in schedule.asks))
        bots = Bots(_settings(folder, gateway, place), place.attach)
        with listening() as records:
            seen, said = await _lived_through(schedules, bots, place, gateway, folder)
        ledger = await read(folder)
        found = [
            f"seed {schedule.seed}: {sentence}"
            for schedule in schedules
            for sentence in broken(_evidence(schedule, schedules[0].seed, ledger, account, place, seen, said))
        ]
        found += leaks(records, {_KEY, *place.secrets})
    return [*found, *_circumstances(platform, schedules, found)] if found else []


async def _lived_through(
    schedules: Sequence[Schedule], bots: Bots, place: ChaosPlatform, gateway: FakeCometAPI, folder: Path
) -> tuple[Mapping[str, list[Seen]], Mapping[str, str]]:
    """Let it all happen and settle, and return what people then see, and what they are told of their quota."""
    people = [(person, schedule) for schedule in schedules for person in schedule.people]
    await bots.start()
    try:
        async with asyncio.TaskGroup() as group:
            faults = Faults(bots, gateway, folder, place.cut)
            group.create_task(faults.happen(forecast(schedules[0].seed, schedules[0].platform)))
            for schedule in schedules:
                group.create_task(Actors(place, schedule).act())
        await _settle(folder)
        await bots.connected()
        seen = {person: await place.seen(person) for person, _ in people}
        said = {person: await place.quota(person, schedule) for person, schedule in people}
    finally:
        await bots.stop()
    # What was still on its way is there now; a page needs the bot to be seen, and was looked at before.
    return {person: await place.seen(person) or before for person, before in seen.items()}, said


async def _settle(folder: Path) -> None:
    """Wait until nothing is left to do, or as long as is bearable: the invariants then say what is left."""
    ends = time.monotonic() + _SETTLING_SECONDS
    while await unsettled(folder) and time.monotonic() < ends:
        await asyncio.sleep(0.1)
    await asyncio.sleep(_QUIET_SECONDS)


def _settings(folder: Path, gateway: FakeCometAPI, place: ChaosPlatform) -> Mapping[str, object]:
    return {
        **place.settings,
        "cometapi_key": _KEY,
        "cometapi_base_url": gateway.base_url,
        "database_url": f"sqlite:///{folder}/imagine.db",
        "image_store": str(folder / "images"),
        "http_port": 0,
        "shutdown_grace": 0,
        "generation_timeout": 1.5,
        "quota_images": QUOTA,
        "max_open_jobs_per_user": OPEN_JOBS,
        "max_concurrent_jobs": 12,
    }


def _evidence(
    schedule: Schedule,
    first: int,
    ledger: Ledger,
    account: Account,
    place: ChaosPlatform,
    seen: Mapping[str, list[Seen]],
    said: Mapping[str, str],
) -> Evidence:
    tags = {ask.tag for ask in schedule.asks}
    jobs = tuple(job for job in ledger.jobs if any(tag in job.request.prompt for tag in tags))
    asker = {ask.tag: ask.person for ask in schedule.asks}
    users = {asker[tag]: job.origin.user.id for job in jobs for tag in tags if tag in job.request.prompt}
    return Evidence(
        schedule=schedule,
        jobs=jobs,
        stored=ledger.images,
        sent=account.sent,
        made=account.made,
        seen={person: seen[person] for person in schedule.people},
        said=said,
        used={person: ledger.usage[user] for person, user in users.items()},
        failed_openly={ask.tag for ask in schedule.asks if place.failed_openly(ask)},
        restarted=any(fault.kind in {"restart", "overlap"} for fault in forecast(first, schedule.platform)),
    )


def _circumstances(platform: str, schedules: Sequence[Schedule], found: Sequence[str]) -> list[str]:
    first = schedules[0].seed
    guilty = [schedule for schedule in schedules if any(f"seed {schedule.seed}:" in line for line in found)]
    again = f"CHAOS_FIRST={first} CHAOS_SEEDS={len(schedules)} make soak ARGS='-k {platform}'"
    return [f"faults: {described(forecast(first, platform))}", *map(repr, guilty), f"play it again: {again}"]
