"""Totals are the sums over the jobs, no matter what is written to the ledger, and by which process."""

import itertools
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select, update

from bot.core.model import Fault, Status, Window
from bot.core.rules.limits import period
from storage import Storage
from storage.ledger import totals
from storage.ledger.queries import usage
from storage.ledger.recount import differences, recount
from storage.ledger.tables import jobs
from storage.ledger.tables import totals as table
from tests.storage.steps import accepted, brought_to
from tests.support.builders import MOMENT, MovableClock, new_job
from tests.support.totals import due, kept, wrong

_STATUSES = [*(status.value for status in Status if status is not Status.UNCLEAR), "framed"]
_FAULTS = [None, *(fault.value for fault in Fault if fault is not Fault.UNCLEAR), Fault.UNCLEAR.value, "flooded"]
_ASKED, _MADE = 5, 2


def every_kind() -> Iterator[Mapping[str, Any]]:
    """Return what may differ between jobs and decides what they count for: a job of each kind."""
    for status, fault in itertools.product(_STATUSES, _FAULTS):
        yield {"status": status, "fault": fault, "images_sent": 3, "asked_model": "dall-e-3"}
    for status, fault, sent in itertools.product(_STATUSES, (None, Fault.CRASHED, Fault.EMPTY), (None, 1)):
        yield {"status": status, "fault": fault, "images_sent": sent, "asked_model": None}
    for status in _STATUSES:
        yield {"status": status, "fault": None, "images_sent": 3, "asked_model": "test picture: dall-e-3"}


def written(connection: Connection, step: int = 1) -> int:
    """Put a job of every `step`-th kind beside the one that is there, of two people, some minutes apart."""
    (one,) = connection.execute(select(jobs)).mappings().all()
    rows = [
        {
            **one,
            **kind,
            "id": f"{number:026x}",
            "key": f"key-{number}",
            "n": _ASKED,
            "images_made": _MADE,
            "user_id": f"test:{'ada' if number % 2 else 'grace'}",
            "created_at": MOMENT + number * step * timedelta(minutes=2),
        }
        for number, kind in enumerate(itertools.islice(every_kind(), 0, None, step))
    ]
    connection.execute(insert(jobs), rows)
    return len(rows)


async def agree(storage: Storage) -> None:
    """Check the totals by the rules, and that a recount finds the same."""
    assert await storage.database.read(lambda connection: list(wrong(connection))) == []
    assert await storage.database.read(differences) == []


async def test_totals_follow_all_that_is_written(storage: Storage) -> None:
    await accepted(storage.jobs)
    count = await storage.database.write(written)
    await agree(storage)
    kinds = [*every_kind()]

    def changed(connection: Connection) -> None:
        for number in range(0, count, 7):  # to a kind that has little to do with what it was
            other = kinds[(number * 31 + 11) % count]
            connection.execute(update(jobs).where(jobs.c.id == f"{number:026x}").values(**other))

    await storage.database.write(changed)
    await agree(storage)
    moved = update(jobs).where(jobs.c.user_id == "test:grace").values(user_id="test:mary", status="stopped")
    await storage.database.write(lambda connection: connection.execute(moved))
    await agree(storage)
    later = update(jobs).where(jobs.c.status == "failed").values(created_at=MOMENT + timedelta(days=2))
    await storage.database.write(lambda connection: connection.execute(later))
    await agree(storage)
    await storage.database.write(lambda connection: connection.execute(delete(jobs).where(jobs.c.status == "stopped")))
    await agree(storage)
    assert len(await storage.database.read(kept)) > 20
    await storage.database.write(lambda connection: connection.execute(delete(jobs)))
    assert await storage.database.read(kept) == {}


async def test_a_new_name_of_a_person_takes_what_they_used_along(storage: Storage) -> None:
    await accepted(storage.jobs, new_job("test:former", n=3))
    await storage.people.adopt("test:former", "test:ada")
    await agree(storage)
    assert {key[0] for key in await storage.database.read(kept)} == {"*", "test:ada"}


async def test_what_is_summed_by_totals_is_what_the_jobs_sum_up_to(storage: Storage) -> None:
    await accepted(storage.jobs)
    await storage.database.write(partial(written, step=20))
    zones = [ZoneInfo(name) for name in ("UTC", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns")]
    for zone, unit in itertools.product(zones, ("day", "week", "month")):
        window = period(MOMENT, unit, zone)
        own, own_again, everybody, everybody_again = await storage.database.read(partial(in_each_way, window=window))
        assert (own, everybody) == (own_again, everybody_again)
        assert any(own)


def in_each_way(connection: Connection, window: Window) -> list[tuple[int, ...]]:
    given = {"user": "test:ada", **totals.bounds(window)}
    return [
        tuple(map(int, connection.execute(select(totals.sums(user, by_totals=by_totals)), given).one()))
        for user in (totals.USER, None)
        for by_totals in (True, False)
    ]


_MOMENTS = st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2031, 1, 1))
_ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Chatham", "Pacific/Apia"])


@given(_MOMENTS, _ZONES, st.sampled_from(["day", "week", "month"]))
def test_the_spans_of_a_window_are_all_of_it_once(moment: datetime, name: str, unit: str) -> None:
    window = period(moment.replace(tzinfo=ZoneInfo(name)), unit, ZoneInfo(name))
    bounds = totals.bounds(window)
    quarters = [
        *range(bounds["before_from"], bounds["before_to"]),
        *range(bounds["days_from"] * 96, bounds["days_to"] * 96),
        *range(bounds["after_from"], bounds["after_to"]),
    ]
    first = (window.start - totals.EPOCH) // totals.QUARTER
    assert quarters == list(range(first, first + (window.end - window.start) // totals.QUARTER))
    assert totals.fit(window)


async def test_a_window_that_no_spans_make_up_is_summed_over_the_jobs(storage: Storage) -> None:
    job = await accepted(storage.jobs, new_job(n=3))
    around = Window(start=job.created_at, end=job.created_at + timedelta(seconds=1))
    assert not totals.fit(around)
    found = await storage.database.read(lambda connection: usage(connection, job.origin.user.id, around))
    assert found.reserved == 3


async def test_doubt_before_a_job_is_summed_up_to_that_job(storage: Storage, clock: MovableClock) -> None:
    month = period(MOMENT, "month", ZoneInfo("Asia/Kolkata"))
    clock.moment = month.start
    doubtful = []
    for seconds in (0, 90_000, 60, 900):
        clock.move(seconds)
        doubtful.append(await brought_to(storage.jobs, Status.UNKNOWN, new_job(n=2)))
    for window in (month, Window(start=month.start - timedelta(seconds=1), end=month.end)):
        assert [await storage.jobs.earlier_doubt(job, window) for job in doubtful] == [0, 2, 4, 6]


async def test_a_recount_says_what_differs_and_corrects_it(storage: Storage) -> None:
    await accepted(storage.jobs)
    await storage.database.write(partial(written, step=20))
    right = await storage.database.read(due)

    def spoilt(connection: Connection) -> None:
        connection.execute(update(table).where(table.c.scope == "test:ada").values(billed=table.c.billed + 1))
        connection.execute(delete(table).where(table.c.scope == "*", table.c.minutes == 24 * 60))
        connection.execute(insert(table).values(scope="test:nobody", minutes=15, span=1, used=4))

    await storage.database.write(spoilt)
    found = await recount(storage.database)
    assert {each.user for each in found} == {None, "test:ada", "test:nobody"}
    nobody = next(each for each in found if each.user == "test:nobody")
    assert (nobody.start, nobody.kept["used"], nobody.due["used"]) == (totals.EPOCH + totals.QUARTER, 4, 0)
    assert await storage.database.read(kept) == right
    assert await recount(storage.database) == []
