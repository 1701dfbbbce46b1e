"""SLACK_FILE_RETENTION_DAYS: what Slack keeps of old jobs goes, and the messages say so."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.slack.address import SlackAddress
from adapters.slack.copies import SlackCopies
from adapters.slack.platform import PLATFORM
from adapters.slack.settings import SlackSettings
from bot.core.copies import Copy, with_copies
from bot.core.errors import DeliveryError
from bot.core.jobs.copies import OldCopies
from bot.core.model import Job, Status
from tests.fakes.cometapi import png
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver, until
from tests.fakes.slack_world import File
from tests.support.builders import MovableClock
from tests.support.slack_stage import Stage

TWO = [png(number, (8, 8)) for number in range(2)]


class Jobs:
    """A ledger of ended jobs, as far as it is asked about old copies."""

    def __init__(self, *jobs: Job) -> None:
        self.jobs = {job.id: job for job in jobs}

    async def shown_with(self, part: str, platform: str, *, before: Any, after: str, size: int) -> list[str]:
        old = [job for job in self.jobs.values() if job.ended_at and job.ended_at < before and job.id > after]
        return [job.id for job in old if part in job.origin.address.place and platform == "slack"][:size]

    async def get(self, job_id: str) -> Job | None:
        return self.jobs.get(job_id)

    async def move(self, job_id: str, old: Any, new: Any) -> bool:
        self.jobs[job_id] = self.jobs[job_id].at(new)
        return True

    async def set_copy(self, job_id: str, copy: Copy) -> bool:
        job = self.jobs[job_id]
        others = [each for each in job.copies if each.id != copy.id]
        self.jobs[job_id] = job.at(with_copies(job.origin.address, [*others, copy]))
        return True


async def shown(stage: Stage, clock: MovableClock, name: str, images: int) -> Job:
    ended = await stage.outcome(name, lambda channel, asker: None, images=TWO[:images], clock=clock)
    return replace(ended.ledger.job, status=Status.DELIVERED, ended_at=clock.now())


def retention(stage: Stage, clock: MovableClock, jobs: Any) -> OldCopies:
    """Return what a new process would have."""
    copies = SlackCopies(stage.messenger(clock), 90)
    return OldCopies(platform="slack", copies=copies, admission=jobs, ledger=jobs, clock=clock)


@pytest.mark.parametrize("trouble", [{}, {"retry_after": 30}, {"lost": True}], ids=str)
async def test_slacks_files_are_deleted_after_their_days_and_the_message_says_so(
    stage: Stage, slack: FakeSlack, trouble: dict[str, Any]
) -> None:
    clock = stage.clocked()
    jobs = Jobs(await shown(stage, clock, "ada", 1), await shown(stage, clock, "grace", 2))
    clock.move(timedelta(days=89).total_seconds())
    await retention(stage, clock, jobs).round()
    assert not any(file.deleted for file in slack.world.files.values())
    clock.move(timedelta(days=2).total_seconds())
    if trouble:
        slack.fail("files.delete", **trouble)
        with pytest.raises(DeliveryError):
            await retention(stage, clock, jobs).round()
    began = clock.now()
    await retention(stage, clock, jobs).round()
    assert clock.now() - began >= timedelta(seconds=3 * 2.4)
    assert all(file.deleted for file in slack.world.files.values())
    for name, says in [("ada", "The image was removed after 90 days."), ("grace", "The images were removed after")]:
        (seen,) = [seen for seen in SlackDriver(slack).seen(user=name) if "Again" in seen.buttons]
        assert says in seen.text
        assert seen.images == []
        assert SlackAddress.of(jobs.jobs[name].origin.address).files == {}
    before = len(slack.calls)
    await retention(stage, clock, jobs).round()
    assert len(slack.calls) == before


async def test_files_of_further_messages_go_after_their_own_days(stage: Stage, slack: FakeSlack) -> None:
    clock = stage.clocked()
    job = await shown(stage, clock, "ada", 1)
    place = SlackAddress.of(job.origin.address)
    files = {"F1": {("ada", 0): "F1"}, "F2": {("ada", 0): "F2"}}
    slack.world.files |= {each: File(id=each, name="0.png", length=1, alt="") for each in files}
    copies = [
        Copy(id=each, at=clock.now() + timedelta(days=late), address=replace(place, ts="", files=files[each]).envelope)
        for each, late in (("F1", 0), ("F2", 30))
    ]
    jobs = Jobs(job.at(with_copies(job.origin.address, copies)))
    clock.move(timedelta(days=91).total_seconds())
    await retention(stage, clock, jobs).round()
    assert [slack.world.files[each].deleted for each in files] == [True, False]
    assert [SlackAddress.of(copy.address).files for copy in jobs.jobs["ada"].copies] == [files["F2"], {}]


async def test_a_file_that_slack_keeps_holds_up_no_other(stage: Stage, slack: FakeSlack) -> None:
    clock = stage.clocked()
    jobs = Jobs(await shown(stage, clock, "ada", 1), await shown(stage, clock, "grace", 1))
    clock.move(timedelta(days=91).total_seconds())
    slack.fail("files.delete", error="cant_delete_file")
    slack.world.delete(SlackAddress.of(jobs.jobs["grace"].origin.address).ts)  # people deleted the other's message
    posted, began = len(slack.called("chat.postMessage")), clock.now()
    await retention(stage, clock, jobs).round()
    assert clock.now() - began >= timedelta(seconds=2 * 2.4)
    assert [file.deleted for file in slack.world.files.values()] == [False, True]
    assert len(slack.called("chat.postMessage")) == posted
    assert all(seen.images for seen in SlackDriver(slack).seen(user="ada"))


async def test_a_message_whose_files_went_right_before_a_kill_says_so_after_the_restart(
    stage: Stage, slack: FakeSlack
) -> None:
    clock = stage.clocked()
    jobs = Jobs(await shown(stage, clock, "ada", 2))
    clock.move(timedelta(days=91).total_seconds())
    slack.fail("chat.update", delay=60)
    killed = asyncio.create_task(retention(stage, clock, jobs).round())
    await until(lambda: "removed after" in str(slack.calls[-1]))
    killed.cancel()
    await asyncio.wait({killed})
    assert all(file.deleted for file in slack.world.files.values())
    await retention(stage, clock, jobs).round()
    (seen,) = SlackDriver(slack).seen(user="ada")
    assert "The images were removed after 90 days." in seen.text
    assert SlackAddress.of(jobs.jobs["ada"].origin.address).files == {}


async def test_a_thousand_files_go_at_half_the_pace_that_slack_allows(stage: Stage, slack: FakeSlack) -> None:
    clock = stage.clocked()
    job = await shown(stage, clock, "ada", 1)
    place = SlackAddress.of(job.origin.address)
    jobs = []
    for number in range(100):
        files = {(f"{number:02}", index): f"F{number:02}{index}" for index in range(10)}
        jobs.append(replace(job, id=f"{number:02}").at(replace(place, files=files).envelope))
        slack.world.files |= {each: File(id=each, name="0.png", length=1, alt="") for each in files.values()}
    clock.move(timedelta(days=91).total_seconds())
    began = clock.now()
    await retention(stage, clock, Jobs(*jobs)).round()
    assert sum(file.deleted for file in slack.world.files.values()) == len(slack.called("files.delete")) == 1000
    assert timedelta(minutes=40) <= clock.now() - began < timedelta(hours=1)


@pytest.mark.parametrize(("days", "kept"), [(90, 90), ("90", 90), ("", None), (None, None)])
def test_they_are_kept_for_as_long_as_the_setting_says(stage: Stage, days: object, kept: int | None) -> None:
    settings = SlackSettings.model_validate({"slack_bot_token": "xoxb-test", "slack_file_retention_days": days})
    copies = PLATFORM.build(settings, stage.library, MovableClock()).copies
    assert (copies and copies.days) == kept
