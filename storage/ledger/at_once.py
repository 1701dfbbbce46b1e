"""Begin a job in the commit that confirms it, if it doesn't have to wait; else in the commit that leases it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, update

from bot.core.errors import LeaseLost
from bot.core.model import Job, Status
from bot.core.origin import Address
from bot.core.queue import Claimed
from bot.core.rules import lifecycle, moments
from bot.core.rules.places import places, start_at_once
from storage.ledger.confirming import confirm
from storage.ledger.constants import fixed
from storage.ledger.gate import take_turn
from storage.ledger.origins import values_of_address
from storage.ledger.places import NOT_COOLING, STARTABLE, WAITING, around
from storage.ledger.prepared import Prepared
from storage.ledger.rows import asked_model, one_job, values_of_request
from storage.ledger.tables import jobs


@cache
def _beginning(columns: tuple[str, ...], *, held: bool) -> Prepared:
    free = (NOT_COOLING,) if held else STARTABLE
    new = {name: bindparam(f"new_{name}", type_=jobs.c[name].type) for name in columns}
    return Prepared(
        fixed(
            update(jobs)
            .where(jobs.c.id == bindparam("job_id"), WAITING, jobs.c.attempt == bindparam("at_attempt"), *free)
            .values(
                status=Status.GENERATING,
                owner=bindparam("by"),
                lease_until=bindparam("until"),
                started_at=bindparam("now", type_=jobs.c.started_at.type),
                attempt=jobs.c.attempt + 1,
                not_before=moments.NEVER_PUT_OFF,
                images_sent=bindparam("sent"),
                **new,
            )
            .returning(jobs)
        )
    )


def begin(
    connection: Connection,
    owner: str,
    job: Job,
    chosen: Job,
    address: Address | None,
    *,
    max_running: int,
    now: datetime,
    lease: timedelta,
) -> Claimed | None:
    """Confirm a job that is still held. If it doesn't have to wait, lease it and count it as sent; None if it has to.

    Raises LeaseLost, if a worker has claimed it.
    """
    lifecycle.check(Status.QUEUED, Status.GENERATING)
    gate = take_turn(connection)
    taken, waiting = around(connection, job, max_running, now)
    free = max_running - taken
    if start_at_once(free=free, waiting=waiting, usable=gate.is_usable(now)):
        new = {**(values_of_address(address) if address else {}), **_other_than_asked(job, chosen)}
        sent = places(missing=chosen.request.n, free=free, waiting=waiting)
        leased = {"by": owner, "now": now, "until": now + lease, "sent": sent}
        if begun := _begun(connection, job, new, leased, held=True):
            return Claimed(job=begun, gateway_down=None, outage=gate.outage)
    if not confirm(connection, job.id, address):
        raise LeaseLost(job.id)
    return None


def begin_next(
    connection: Connection, owner: str, job: Job, chosen: Job, *, max_running: int, now: datetime, lease: timedelta
) -> Claimed | None:
    """Lease a job that was found to be next, and count it as sent. None if it isn't to be sent after all."""
    lifecycle.check(Status.QUEUED, Status.GENERATING)
    gate = take_turn(connection)
    taken, waiting = around(connection, job, max_running, now)
    free, made = max_running - taken, len(job.images)
    if free < 1 or not gate.is_usable(now):
        return None
    # This job is itself among the waiting ones.
    sent = made + places(missing=chosen.request.n - made, free=free, waiting=waiting - 1)
    leased = {"by": owner, "now": now, "until": now + lease, "sent": sent}
    begun = _begun(connection, job, {**_other_than_asked(job, chosen), "fault": None}, leased, held=False)
    return None if begun is None else Claimed(job=begun, gateway_down=None, outage=gate.outage)


def _begun(
    connection: Connection, job: Job, new: Mapping[str, Any], leased: Mapping[str, Any], *, held: bool
) -> Job | None:
    values = {f"new_{name}": value for name, value in new.items()}
    at = {"job_id": job.id, "at_attempt": job.attempt}
    return one_job(connection, _beginning(tuple(new), held=held), {**at, **leased, **values}, job.id)


def _other_than_asked(job: Job, chosen: Job) -> Mapping[str, Any]:
    changed: dict[str, Any] = {}
    if chosen.request != job.request:
        changed |= values_of_request(chosen.request)
    if chosen.asked is not None and chosen.asked != job.asked:
        changed["asked_model"] = asked_model(chosen.asked)
    return changed
