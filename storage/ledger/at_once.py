"""Begin a job in the commit that confirms it, if it needn't wait."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, update

from bot.core.model import Job, Status
from bot.core.origin import Address
from bot.core.queue import Claimed
from bot.core.rules import lifecycle, moments
from bot.core.rules.places import places, start_at_once
from storage.ledger.accept import confirm
from storage.ledger.constants import fixed
from storage.ledger.gate import take_turn
from storage.ledger.origins import values_of_address
from storage.ledger.places import NOT_COOLING, WAITING, around
from storage.ledger.prepared import Prepared
from storage.ledger.rows import asked_model, one_job
from storage.ledger.tables import jobs


@cache
def _beginning(columns: tuple[str, ...]) -> Prepared:
    new = {name: bindparam(f"new_{name}", type_=jobs.c[name].type) for name in columns}
    return Prepared(
        fixed(
            update(jobs)
            .where(jobs.c.id == bindparam("job_id"), WAITING, jobs.c.attempt == 0, NOT_COOLING)
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
    address: Address,
    *,
    max_running: int,
    now: datetime,
    lease: timedelta,
) -> Claimed | None:
    """Confirm a job that is still held. If it needn't wait, lease it and count it as sent, too; None if it has to."""
    lifecycle.check(Status.QUEUED, Status.GENERATING)
    gate = take_turn(connection)
    taken, waiting = around(connection, job, max_running, now)
    free = max_running - taken
    if start_at_once(free=free, waiting=waiting, usable=gate.is_usable(now)):
        new = {**values_of_address(address), **_other_than_asked(job, chosen)}
        values = {f"new_{name}": value for name, value in new.items()}
        sent = places(missing=chosen.request.n, free=free, waiting=waiting)
        held = {"job_id": job.id, "by": owner, "now": now, "until": now + lease, "sent": sent}
        if begun := one_job(connection, _beginning(tuple(new)), {**held, **values}, job.id):
            return Claimed(job=begun, gateway_down=None, outage=gate.outage)
    confirm(connection, job.id, address)
    return None


def _other_than_asked(job: Job, chosen: Job) -> Mapping[str, Any]:
    changed: dict[str, Any] = asdict(chosen.request) if chosen.request != job.request else {}
    if chosen.asked is not None and chosen.asked != job.asked:
        changed["asked_model"] = asked_model(chosen.asked)
    return changed
