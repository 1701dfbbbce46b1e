"""Rate limits: while many jobs are drawn, their outcomes come before what is told of their progress."""

import heapq
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.slack.pace import Pace
from bot.core.jobs.job_reply import job_reply
from bot.core.model import Job, Status
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_tiers import Tiers
from tests.support.builders import MovableClock
from tests.support.one_job import OneJob
from tests.support.slack_stage import SMALL, Stage

JOBS, AT_ONCE, TAKES = 120, 8, 10.0
Step = Callable[[], Awaitable[None]]


class Schedule:
    """What happens when, by a clock that stands still meanwhile."""

    def __init__(self, clock: MovableClock) -> None:
        self._clock, self._steps, self._number = clock, list[tuple[datetime, int, Step]](), 0

    def at(self, moment: datetime, step: Step) -> None:
        self._number += 1
        heapq.heappush(self._steps, (moment, self._number, step))

    async def run(self) -> None:
        while self._steps:
            moment, _, step = heapq.heappop(self._steps)
            self._clock.move(max(0.0, (moment - self._clock.now()).total_seconds()))
            await step()


class Waiting(OneJob):
    """A ledger whose clock goes on by itself: a job that is put off is due later."""

    __slots__ = ("due",)
    due: datetime | None

    async def defer(self, job: Job, until: datetime, *, tried: bool) -> None:
        self.due = until


async def test_of_120_jobs_the_outcomes_come_first_and_few_calls_are_refused(stage: Stage, slack: FakeSlack) -> None:
    clock = stage.clocked()
    schedule, late = Schedule(clock), list[timedelta]()
    slack.tiers = Tiers(lambda: clock.now().timestamp())
    stage.client.api.retry_handlers = []  # its waits are not this clock's
    messenger = stage.messenger(clock)

    def plan(number: int) -> None:
        name, began = f"person-{number}", clock.now() + timedelta(seconds=TAKES * (number // AT_ONCE))
        ledger: list[Waiting] = []

        async def asked() -> None:
            ledger.append(Waiting(await stage.drawing(name, messenger, clock, n=2), clock))

        async def progress() -> None:
            (one,) = ledger
            one.job = await stage.delivery(one, messenger).show_state(one.job, job_reply(one.job))

        async def drawn() -> None:
            (one,) = ledger
            image = await stage.library.keep(name, 0, SMALL, model="dall-e-3")
            one.job = replace(one.job, status=Status.DELIVERING, images=(image,))
            await outcome()

        async def outcome() -> None:
            (one,) = ledger
            one.due = None
            await stage.delivery(one, messenger).outcome(one.job)
            if one.told:
                late.append(clock.now() - (began + timedelta(seconds=TAKES)))
            else:
                assert one.due
                schedule.at(one.due, outcome)

        schedule.at(began, asked)
        for share in (0.1, 0.4, 0.7):
            schedule.at(began + timedelta(seconds=TAKES * share), progress)
        schedule.at(began + timedelta(seconds=TAKES), drawn)

    for number in range(JOBS):
        plan(number)
    await schedule.run()
    assert len(late) == JOBS
    assert slack.tiers.refused <= JOBS // 2
    assert max(late) <= timedelta(seconds=45)


def test_what_slack_limits_is_not_sent_too_early_and_other_channels_go_on() -> None:
    clock = MovableClock()
    pace = Pace(clock.steady)
    pace.refused("chat.postMessage", "C1", 30)
    pace.refused("chat.update", "C1", 10)
    assert [pace.wait("chat.postMessage", channel) for channel in ("C1", "C2")] == [30, 0]
    assert [pace.wait("chat.update", channel) for channel in ("C1", "C2")] == [10, 10]
    assert not pace.leaves_room("chat.update")
    clock.move(10)
    assert pace.leaves_room("chat.update")
    for _ in range(25):
        pace.called("chat.update")
    assert not pace.leaves_room("chat.update")
    clock.move(60)
    assert pace.leaves_room("chat.update")
