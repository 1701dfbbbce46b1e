"""A batch: schedules that share one platform, one gateway, one bot and the same faults; played, then checked."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

from tests.chaos.actors import Actors
from tests.chaos.bots import Bots
from tests.chaos.databases import ChaosDatabase, PostgresDatabase
from tests.chaos.discord import discord_place
from tests.chaos.evidence import Evidence
from tests.chaos.faults import STOPS, Faults, described, forecast
from tests.chaos.gateway import Account
from tests.chaos.invariants import broken
from tests.chaos.ledger import Ledger, read
from tests.chaos.platform import ChaosPlatform
from tests.chaos.playground import web_place
from tests.chaos.records import leaks, leaks_in, listening
from tests.chaos.replicas import Replicas
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


async def play(platform: str, seeds: Sequence[int], folder: Path, database: ChaosDatabase) -> list[str]:
    """Play the schedules of these seeds together, and return what promises were broken, with all that led to it."""
    schedules = [draw_up(seed, platform) for seed in seeds]
    async with FakeCometAPI() as gateway, CHAOS_PLATFORMS[platform]() as place:
        place.prepare(schedules)
        account = Account(gateway, (ask for schedule in schedules for ask in schedule.asks))
        batch = _Batch(schedules, place, gateway, folder, database)
        with listening() as records:
            await batch.live_through()
        ledger = await read(database.url, folder / "images")
        found = [
            f"seed {schedule.seed}: {sentence}"
            for schedule in schedules
            for sentence in broken(batch.evidence(schedule, ledger, account))
        ]
        secrets = {_KEY, *place.secrets}
        found += [*ledger.wrong_totals, *leaks(records, secrets), *leaks_in(batch.log(), secrets)]
    return [*found, *batch.circumstances(found)] if found else []


class _Batch:
    """Everything that takes part in a batch."""

    def __init__(
        self,
        schedules: Sequence[Schedule],
        place: ChaosPlatform,
        gateway: FakeCometAPI,
        folder: Path,
        database: ChaosDatabase,
    ) -> None:
        self._schedules, self._place, self._gateway = schedules, place, gateway
        self._folder, self._database = folder, database
        settings = _settings(folder, gateway, place, database)
        on_postgres = isinstance(database, PostgresDatabase)
        self._bots = Replicas(settings, place.attach, folder) if on_postgres else Bots(settings, place.attach)
        self._more = {**database.faults, **self._bots.faults}
        self._faults = forecast(schedules[0].seed, schedules[0].platform, tuple(self._more))
        self._seen: Mapping[str, list[Seen]] = {}
        self._said: Mapping[str, str] = {}

    async def live_through(self) -> None:
        """Let it all happen and settle, and note what people then see, and what they are told of their quota."""
        people = [(person, schedule) for schedule in self._schedules for person in schedule.people]
        await self._bots.start()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._let_faults_happen())
                for schedule in self._schedules:
                    group.create_task(Actors(self._place, schedule).act())
            await self._settle()
            await self._bots.connected()
            seen = {person: await self._place.seen(person) for person, _ in people}
            self._said = {person: await self._place.quota(person, schedule) for person, schedule in people}
        finally:
            await self._bots.stop()
        # Messages that were on their way are there now. A page needs the bot to be seen, and was looked at before.
        self._seen = {person: await self._place.seen(person) or before for person, before in seen.items()}

    async def _let_faults_happen(self) -> None:
        faults = Faults(
            bots=self._bots,
            gateway=self._gateway,
            images=self._folder / "images",
            cut=self._place.cut,
            lock=self._database.lock,
            more=self._more,
        )
        await faults.happen(self._faults)

    async def _settle(self) -> None:
        """Wait until nothing is left to do, or as long as is bearable: the invariants then say what is left."""
        ends = time.monotonic() + _SETTLING_SECONDS
        while await self._database.unsettled() and time.monotonic() < ends:
            await asyncio.sleep(0.1)
        await asyncio.sleep(_QUIET_SECONDS)

    def evidence(self, schedule: Schedule, ledger: Ledger, account: Account) -> Evidence:
        """Gather what there is of one schedule."""
        tags = {ask.tag for ask in schedule.asks}
        jobs = tuple(job for job in ledger.jobs if any(tag in job.request.prompt for tag in tags))
        asker = {ask.tag: ask.person for ask in schedule.asks}
        users = {asker[tag]: job.origin.user.id for job in jobs for tag in tags if tag in job.request.prompt}
        return Evidence(
            schedule=schedule,
            jobs=jobs,
            stored=ledger.images,
            sent=account.sent,
            billed=account.billed,
            made=account.made,
            seen={person: self._seen[person] for person in schedule.people},
            said=self._said,
            used={person: ledger.usage[user] for person, user in users.items()},
            failed_openly={ask.tag for ask in schedule.asks if self._place.failed_openly(ask)},
            restarted=any(fault.kind in STOPS for fault in self._faults),
        )

    def log(self) -> str:
        """Return what the bots logged as processes of their own."""
        return self._bots.log()

    def circumstances(self, found: Sequence[str]) -> list[str]:
        """Return what led to it, and how to play it again."""
        first, platform = self._schedules[0].seed, self._schedules[0].platform
        guilty = [schedule for schedule in self._schedules if any(f"seed {schedule.seed}:" in line for line in found)]
        seeds = f"CHAOS_FIRST={first} CHAOS_SEEDS={len(self._schedules)} CHAOS_POSTGRES={len(self._schedules)}"
        again = f"{seeds} make soak ARGS='-k {self._database.name}-{platform}'"
        return [f"faults: {described(self._faults)}", *map(repr, guilty), f"play it again: {again}"]


def _settings(
    folder: Path, gateway: FakeCometAPI, place: ChaosPlatform, database: ChaosDatabase
) -> Mapping[str, object]:
    return {
        **place.settings,
        "cometapi_key": _KEY,
        "cometapi_base_url": gateway.base_url,
        "database_url": database.url,
        "image_store": str(folder / "images"),
        "http_port": 0,
        "playground_port": 0,
        "playground_key_file": folder / "playground.key",
        "shutdown_grace": 0,
        "generation_timeout": 1.5,
        "quota_images": QUOTA,
        "max_open_jobs_per_user": OPEN_JOBS,
        "max_concurrent_jobs": 12,
    }
