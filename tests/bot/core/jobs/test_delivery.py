"""How long a delivery goes on: a wait isn't a failed try, a closed place is told, and only age ends it."""

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.http.metrics import exposition
from bot.core.chat import Abilities, Remember, Verb, forget
from bot.core.errors import DeliveryError, NotConnected
from bot.core.health import Health
from bot.core.image import ImageLimits, Note
from bot.core.images.library import ImageLibrary
from bot.core.jobs.delivery import Delivery
from bot.core.model import Fault, Job, Status
from bot.core.origin import Address
from bot.core.precedence import Precedence
from bot.core.replies import Reply, plain
from bot.core.retry import Retry
from storage import Storage, open_storage
from tests.fakes.cometapi import png
from tests.storage.steps import NOW
from tests.support.builders import MovableClock, new_image, new_job, new_limits

A_DAY = timedelta(days=1)
SHOWS = Address(platform="test", place={"channel": "harbour", "message": "8"})


class Chat:
    """A chat that does what `does` says, and remembers what it showed."""

    def __init__(self) -> None:
        self.shown: list[Reply] = []
        self.notices: list[str] = []
        self.can = frozenset(Verb)
        self.reads_ledger = False
        self.reaches = ""
        self.asked: list[Mapping[str, str]] = []
        self.does: Callable[[Reply], None] = lambda reply: None
        self.reads: Callable[[Reply], Awaitable[None]] | None = None

    async def show(self, address: Address, reply: Reply, remember: Remember = forget) -> Address:
        self.asked.append(address.place)
        if self.reaches:
            await remember(replace(address, place={**address.place, "reached": self.reaches}))
        self.does(reply)
        if self.reads:
            await self.reads(reply)
        self.shown.append(reply)
        return SHOWS

    async def show_alone(self, address: Address, reply: Reply, remember: Remember) -> Address:
        pytest.fail("nobody deleted the message")

    async def delete(self, address: Address) -> None:
        pytest.fail("no delivery deletes a message by itself")

    async def notify(self, address: Address, reply: Reply) -> None:
        assert address == SHOWS
        self.notices.append(plain(reply.lines))
        raise DeliveryError("its answer was lost")

    async def publish(self, address: Address, reply: Reply, remember: Remember = forget) -> Address:
        pytest.fail("nothing new is published by a delivery")

    def abilities(self, address: Address) -> Abilities:
        return Abilities(verbs=self.can, images=ImageLimits(), reads_ledger=self.reads_ledger)


class Stage:
    """One job that is to be delivered, in a real ledger, over a chat that may refuse."""

    def __init__(self, storage: Storage, clock: MovableClock) -> None:
        self._storage, self.jobs, self.clock, self.chat = storage, storage.jobs, clock, Chat()
        self.restart()

    def restart(self) -> None:
        """Go on as another process, which has no images in memory."""
        self.library = ImageLibrary(self._storage.images)
        self.delivery = Delivery(
            admission=self.jobs,
            work=self.jobs,
            messengers={"test": self.chat},
            library=self.library,
            clock=self.clock,
            retry=Retry(),
            precedence=Precedence(),
        )

    async def begin(self, *images: bytes) -> Job:
        """Bring a job to its delivery, with these images, or with one that nobody looks at."""
        await self.jobs.accept(new_job(n=len(images) or 1), new_limits(), hold=NOW, max_running=8)
        job = await self.jobs.advance(await self._claimed(), Status.GENERATING, max_running=8)
        kept = [await self.library.keep(job.id, number, image, model="dall-e-3") for number, image in enumerate(images)]
        return await self.jobs.add_images(job, kept or [new_image(job.id)], Note(), complete=True)

    async def reads(self, reply: Reply) -> None:
        """Take images as a platform does: it asks for the bytes of each."""
        for picture in reply.pictures:
            await self.library.file(picture, ImageLimits())

    async def next_try(self, *, after: timedelta) -> Job:
        """Deliver the job once more when it is due, which it isn't a moment before `after`."""
        self.clock.move(after.total_seconds() - 0.001)
        assert await self.jobs.claim("worker", max_running=8) is None
        self.clock.move(0.001)
        return await self.try_now()

    async def try_now(self) -> Job:
        job = await self._claimed()
        await self.delivery.outcome(job)
        return await self.now(job)

    async def now(self, job: Job) -> Job:
        found = await self.jobs.get(job.id)
        assert found
        return found

    async def _claimed(self) -> Job:
        claimed = await self.jobs.claim("worker", max_running=8)
        assert claimed
        return claimed.job


@pytest.fixture
async def stage(tmp_path: Path, migrated_file: Path) -> AsyncIterator[Stage]:
    clock = MovableClock()
    shutil.copy(migrated_file, tmp_path / "ledger.db")
    async with open_storage(
        database_url=f"sqlite:///{tmp_path}/ledger.db", image_store=str(tmp_path / "images"), clock=clock, seconds=5
    ) as storage:
        yield Stage(storage, clock)


def refusing(error: BaseException) -> Callable[[Reply], None]:
    def refuse(reply: Reply) -> None:
        raise error

    return refuse


def taking_words_only(reply: Reply) -> None:
    if reply.pictures:
        raise DeliveryError("no files here", permanent=True)


async def test_no_reply_is_made_where_people_see_what_the_ledger_says(stage: Stage) -> None:
    job = await stage.begin()
    stage.chat.reads_ledger = True
    await stage.delivery.outcome(job)
    assert stage.chat.shown == [Reply(lines=())]
    assert (await stage.now(job)).status is Status.DELIVERED


WAITS: list[Any] = [
    pytest.param(DeliveryError("patience", retry_after=75), timedelta(seconds=75), id="a told wait"),
    pytest.param(NotConnected("Test"), timedelta(seconds=5), id="not connected"),
]


@pytest.mark.parametrize(("error", "wait"), WAITS)
async def test_waiting_when_asked_to_is_no_failed_try(stage: Stage, error: DeliveryError, wait: timedelta) -> None:
    job = await stage.begin()
    stage.chat.does = refusing(error)
    await stage.delivery.outcome(job)
    for _ in range(12):
        job = await stage.next_try(after=wait)
    assert (job.status, job.deliveries) == (Status.DELIVERING, 0)
    stage.chat.does = lambda reply: None
    assert (await stage.next_try(after=wait)).status is Status.DELIVERED


async def test_how_far_a_try_came_is_stored_before_its_end_and_the_next_one_goes_on_from_there(stage: Stage) -> None:
    job = await stage.begin()
    stage.chat.reaches, stage.chat.does = "half", refusing(asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await stage.delivery.outcome(job)
    job = await stage.now(job)
    assert job.origin.address.place["reached"] == "half"
    stage.chat.reaches, stage.chat.does = "more", refusing(DeliveryError("patience", retry_after=5))
    await stage.delivery.outcome(job)
    stage.chat.does = lambda reply: None
    await stage.next_try(after=timedelta(seconds=5))
    assert [place.get("reached") for place in stage.chat.asked] == [None, "half", "more"]


async def test_a_failure_is_tried_again_after_longer_and_longer_pauses(stage: Stage) -> None:
    job = await stage.begin()
    stage.chat.does = refusing(DeliveryError("not now"))
    await stage.delivery.outcome(job)
    for seconds in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600):
        job = await stage.next_try(after=timedelta(seconds=seconds))
    assert job.status is Status.DELIVERING


@pytest.mark.parametrize("error", [KeyError("retry_after"), TypeError("not a number"), ValueError("¿")], ids=repr)
async def test_what_a_platforms_library_raises_is_no_verdict_on_the_images(stage: Stage, error: Exception) -> None:
    job = await stage.begin()
    stage.chat.does = refusing(error)
    await stage.delivery.outcome(job)
    assert (await stage.now(job)).status is Status.DELIVERING
    stage.chat.does = lambda reply: None
    assert (await stage.next_try(after=timedelta(seconds=1))).status is Status.DELIVERED


async def test_images_that_can_never_be_shown_are_told_in_words(stage: Stage) -> None:
    job = await stage.begin()
    stage.chat.does = taking_words_only
    await stage.delivery.outcome(job)
    assert "Find them with /history" in plain(stage.chat.shown[-1].lines)
    told = await stage.now(job)
    assert (told.status, told.notified, told.origin.address) == (Status.UNDELIVERED, True, SHOWS)
    stage.clock.move(A_DAY.total_seconds())
    assert await stage.jobs.claim("worker", max_running=8) is None


async def test_an_image_that_was_damaged_before_it_was_shown_is_lost_and_free(stage: Stage, tmp_path: Path) -> None:
    job = await stage.begin(png(1))
    stage.restart()
    (tmp_path / "images" / job.images[0].key).write_bytes(b"")
    stage.chat.reads = stage.reads
    await stage.delivery.outcome(job)
    (shown,) = stage.chat.shown
    assert "it was lost on its way here" in plain(shown.lines)
    assert "It doesn't count against your quota" in plain(shown.lines)
    assert not shown.pictures
    ended = await stage.now(job)
    assert (ended.status, ended.fault, ended.notified) == (Status.UNKNOWN, Fault.IMAGE_LOST, True)
    usage = await stage.jobs.usage(job.origin.user.id, new_limits().window)
    assert (usage.used, usage.reserved) == (0, 0)


@pytest.mark.parametrize("damage", [b"", png(1)[:-9], png(2)], ids=["emptied", "cut", "swapped"])
async def test_of_several_images_those_that_are_whole_are_shown(stage: Stage, tmp_path: Path, damage: bytes) -> None:
    job = await stage.begin(png(1), png(2), png(3))
    stage.restart()
    (tmp_path / "images" / job.images[0].key).write_bytes(damage)
    stage.chat.reads = stage.reads
    await stage.delivery.outcome(job)
    (shown,) = stage.chat.shown
    assert [picture.index for picture in shown.pictures] == [1, 2]
    assert "1 image is missing here" in plain(shown.lines)
    assert (await stage.now(job)).status is Status.DELIVERED


async def test_images_that_were_deleted_since_are_said_to_be_gone_when_they_are_to_be_shown_again(
    stage: Stage, tmp_path: Path
) -> None:
    job = await stage.begin(png(1))
    stage.chat.does = taking_words_only
    await stage.delivery.outcome(job)
    stage.restart()
    (tmp_path / "images" / job.images[0].key).unlink()
    stage.chat.does, stage.chat.reads = lambda reply: None, stage.reads
    assert await stage.jobs.reopen(job.id, SHOWS)
    await stage.try_now()
    assert "they are no longer stored" in plain(stage.chat.shown[-1].lines)


async def test_a_place_that_takes_nothing_is_tried_each_hour_for_a_day_then_logged_and_counted(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    job = await stage.begin()
    stage.chat.does = refusing(DeliveryError("closed", permanent=True))
    await stage.delivery.outcome(job)
    for _ in range(23):
        job = await stage.next_try(after=timedelta(hours=1))
    assert (job.notified, stage.delivery.given_up) == (False, 0)
    job = await stage.next_try(after=timedelta(hours=1))
    assert (job.status, job.notified, stage.delivery.given_up) == (Status.UNDELIVERED, True, 1)
    (error,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert job.id in error.getMessage()
    health = Health()
    health.watch(
        ledger=stage.jobs,
        work=stage.jobs,
        gateway=stage.jobs,
        links=(),
        worker=(),
        loops=(),
        undelivered=lambda: stage.delivery.given_up,
    )
    assert b"imagine_undelivered_total 1.0" in exposition(await health.figures())


async def test_a_place_that_opens_again_gets_the_images(stage: Stage) -> None:
    job = await stage.begin()
    stage.chat.does = refusing(DeliveryError("closed", permanent=True))
    await stage.delivery.outcome(job)
    ended_at = (await stage.now(job)).ended_at
    stage.chat.does = lambda reply: None
    job = await stage.next_try(after=timedelta(hours=1))
    assert (job.status, job.notified, job.ended_at) == (Status.DELIVERED, True, ended_at)
    assert stage.chat.shown[-1].pictures


async def test_what_fails_for_a_day_is_given_up_and_told(stage: Stage) -> None:
    job = await stage.begin()
    stage.chat.does = refusing(DeliveryError("not now", retry_after=3600))
    await stage.delivery.outcome(job)
    for _ in range(23):
        job = await stage.next_try(after=timedelta(hours=1))
    assert job.status is Status.DELIVERING

    def words_only(reply: Reply) -> None:
        if reply.pictures:
            raise DeliveryError("not now", retry_after=3600)

    stage.chat.does = words_only
    job = await stage.next_try(after=timedelta(hours=1))
    assert (job.status, job.notified) == (Status.UNDELIVERED, True)
    assert not stage.chat.shown[-1].pictures
    assert stage.delivery.given_up == 0


@pytest.mark.parametrize(("seconds", "told"), [(59, []), (61, ["Your images are ready."])])
async def test_a_person_who_waited_for_a_minute_is_told_once_of_any_outcome(
    stage: Stage, seconds: float, told: list[str]
) -> None:
    job = await stage.begin()
    stage.clock.move(seconds)
    await stage.delivery.outcome(job)
    assert stage.chat.notices == told
    assert (await stage.now(job)).announced == bool(told)
    await stage.jobs.reopen(job.id, SHOWS)
    stage.clock.move(3600)
    await stage.try_now()
    assert len(stage.chat.shown) == 2
    assert stage.chat.notices == told


async def test_nobody_is_told_of_what_is_not_visible_yet(stage: Stage) -> None:
    job = await stage.begin()
    stage.clock.move(61)
    stage.chat.does = refusing(DeliveryError("not now"))
    await stage.delivery.outcome(job)
    assert not stage.chat.notices
    stage.chat.does = lambda reply: None
    await stage.next_try(after=timedelta(seconds=1))
    assert stage.chat.notices == ["Your images are ready."]


async def test_where_nobody_can_be_told_nobody_is(stage: Stage) -> None:
    job = await stage.begin()
    stage.clock.move(61)
    stage.chat.can = frozenset({Verb.SHOW})
    await stage.delivery.outcome(job)
    assert not stage.chat.notices
    assert not (await stage.now(job)).announced


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (Status.FAILED, ["Your images could not be drawn."]),
        (Status.UNKNOWN, ["Your images could not be drawn."]),
        (Status.STOPPED, []),
    ],
)
async def test_bad_news_is_told_too_but_not_to_the_person_who_caused_it(
    stage: Stage, status: Status, told: list[str]
) -> None:
    await stage.jobs.accept(new_job(), new_limits(), hold=NOW, max_running=8)
    claimed = await stage.jobs.claim("worker", max_running=8)
    assert claimed
    job = await stage.jobs.advance(claimed.job, Status.GENERATING)
    stage.clock.move(61)
    if status is Status.STOPPED:
        job = await stage.jobs.cancel(job.id)
    else:
        job = await stage.jobs.advance(job, status, fault=Fault.GATEWAY)
    await stage.delivery.outcome(job)
    assert stage.chat.notices == told
