"""The hold of accepted jobs: it ends once people see their first message, or they are taken back."""

from datetime import datetime
from functools import cache

from sqlalchemy import Connection, bindparam, false, update

from bot.core.model import Status
from bot.core.origin import Address
from bot.core.rules import moments
from storage.ledger.constants import fixed
from storage.ledger.gate import lock
from storage.ledger.origins import values_of_address
from storage.ledger.prepared import Prepared
from storage.ledger.tables import jobs

_WITHDRAW = Prepared(
    lambda: fixed(
        update(jobs)
        .where(jobs.c.id == bindparam("job_id"), jobs.c.status == Status.QUEUED, jobs.c.owner.is_(None))
        .values(status=Status.CANCELLED, ended_at=bindparam("now", type_=jobs.c.ended_at.type), told=True, tokens={})
        .returning(jobs.c.id)
    )
)


@cache
def _confirming(columns: tuple[str, ...]) -> Prepared:
    return Prepared(
        fixed(
            update(jobs)
            .where(
                jobs.c.id == bindparam("job_id"),
                # Also a job that was cancelled meanwhile: its message has to say so.
                jobs.c.status.in_((Status.QUEUED, Status.CANCELLED)),
                jobs.c.told == false(),
                jobs.c.owner.is_(None),
                jobs.c.attempt == 0,
            )
            .values({name: bindparam(f"new_{name}") for name in columns})
            .returning(jobs.c.id)
        )
    )


def confirm(connection: Connection, job_id: str, address: Address | None) -> bool:
    """End the hold of a job, and store where it is shown, if that is known. False if a worker has claimed it."""
    values = {"not_before": moments.NEVER_PUT_OFF, **(values_of_address(address) if address else {})}
    new = {f"new_{name}": value for name, value in values.items()}
    return _confirming(tuple(values)).one_or_none(connection, {"job_id": job_id, **new}) is not None


def withdraw(connection: Connection, job_id: str, now: datetime) -> bool:
    """Cancel a job that was shown to no one. Return whether it could be cancelled.

    Locking the gate row waits for an accept that is still committing.
    """
    lock(connection)
    return _WITHDRAW.one_or_none(connection, {"job_id": job_id, "now": now}) is not None
