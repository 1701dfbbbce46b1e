"""Where ended jobs are shown."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from bot.core.copies import Copy
from bot.core.model import OPEN
from bot.core.origin import Address
from bot.core.rules import moments
from storage.ledger.copies import keeping_copies
from storage.ledger.gate import take_turn
from storage.ledger.origins import values_of_address
from storage.ledger.rows import reading
from storage.ledger.tables import jobs


def reopen(
    connection: Connection,
    job_id: str,
    address: Address,
    instead_of: Address | None = None,
    left: Copy | None = None,
) -> bool:
    """Count an ended job's outcome as not shown, unless a worker shows it just now. Return whether that is so."""
    again = {"told": False, "not_before": moments.NEVER_PUT_OFF}
    return _placed(connection, job_id, address, instead_of, again, left)


def move(connection: Connection, job_id: str, old: Address, new: Address) -> bool:
    """Store where an ended job is shown now, unless a worker holds it, or it has been shown elsewhere meanwhile."""
    return _placed(connection, job_id, new, old, {})


def _placed(
    connection: Connection,
    job_id: str,
    address: Address,
    instead_of: Address | None,
    more: Mapping[str, Any],
    left: Copy | None = None,
) -> bool:
    """Store the address of an ended job that nobody works on; with `instead_of`, only if it is shown there."""
    take_turn(connection)
    with reading(job_id):
        place = connection.scalar(select(jobs.c.place).where(jobs.c.id == job_id).with_for_update())
    if instead_of is not None and place != dict(instead_of.place):
        return False
    address = keeping_copies(address, place, left)
    ended = (
        jobs.c.id == job_id,
        jobs.c.status.not_in(sorted(OPEN)),
        jobs.c.owner.is_(None),
        jobs.c.deleted_at.is_(None),
    )
    placed = update(jobs).where(*ended).values({**more, **values_of_address(address)}).returning(jobs.c.id)
    return connection.execute(placed).one_or_none() is not None
