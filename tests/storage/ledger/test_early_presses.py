"""A job that is cancelled before the ledger knows which message shows it."""

import pytest

from bot.core.model import Status
from bot.core.origin import Address
from storage.ledger.repository import SqlJobRepository
from tests.storage.steps import claimed, held
from tests.support.builders import new_job

ASKED = Address(platform="test", place={"channel": "c1", "message": ""}, tokens={"token": "t"})
SHOWN = Address(platform="test", place={"channel": "c1", "message": "m1"}, tokens={"token": "t"}, link="https://m1")


@pytest.mark.parametrize("confirmed", [True, False])
async def test_its_end_is_shown_by_the_message_that_was_pressed(jobs: SqlJobRepository, confirmed: bool) -> None:
    job = await held(jobs, new_job(address=ASKED))
    await jobs.cancel(job.id, Address(platform="test", place={"channel": "c1", "message": "m1"}, link="https://m1"))
    if confirmed:
        assert await jobs.confirm(job.id, None)
    told = await claimed(jobs)
    assert (told.status, told.origin.address) == (Status.CANCELLED, SHOWN)


@pytest.mark.parametrize(
    "pressed",
    [
        Address(platform="test", place={"channel": "c2", "message": "m1"}),
        Address(platform="other", place={"channel": "c1", "message": "m1"}),
    ],
)
async def test_a_message_in_another_place_is_not_its_own(jobs: SqlJobRepository, pressed: Address) -> None:
    job = await held(jobs, new_job(address=ASKED))
    await jobs.cancel(job.id, pressed)
    assert (await claimed(jobs)).origin.address == ASKED


async def test_a_message_that_is_known_stays_its_own(jobs: SqlJobRepository) -> None:
    job = await held(jobs, new_job(address=SHOWN))
    await jobs.cancel(job.id, Address(platform="test", place={"channel": "c1", "message": "m2"}, link="https://m2"))
    assert (await claimed(jobs)).origin.address == SHOWN
