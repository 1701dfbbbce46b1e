"""The gate: one row that whoever must count first updates, and what holds for all processes at once."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, select, update

from bot.core.model import Fault
from storage.ledger.tables import cooldowns, gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What the gate says. `paused_until` may be past."""

    paused_until: datetime | None
    out_of_order: Fault | None


PAUSED_UNTIL = select(gate.c.paused_until).scalar_subquery()
"""Until when nothing queued is claimed, within another question."""
_LOOK = select(gate)
_TAKE_TURN = update(gate).values(id=gate.c.id).returning(gate)


def take_turn(connection: Connection) -> Gate:
    """Wait for everybody who took a turn before, and keep others waiting until the transaction ends.

    On SQLite `BEGIN IMMEDIATE` did that already; on PostgreSQL this row's lock does.
    """
    if connection.dialect.name == "sqlite":
        return look(connection)
    row = connection.execute(_TAKE_TURN).one()
    return _gate_of(row.paused_until, row.out_of_order)


def look(connection: Connection) -> Gate:
    """Read the gate without taking a turn."""
    row = connection.execute(_LOOK).one()
    return _gate_of(row.paused_until, row.out_of_order)


def pause(connection: Connection, until: datetime) -> None:
    """Claim nothing queued before `until`; a longer pause that was asked for before stays."""
    before = take_turn(connection).paused_until
    connection.execute(update(gate).values(paused_until=until if before is None else max(before, until)))


def set_out_of_order(connection: Connection, fault: Fault | None) -> None:
    """Keep why the gateway can't be used."""
    connection.execute(update(gate).values(out_of_order=fault))


def cool_down(connection: Connection, model: str, until: datetime) -> None:
    """Claim nothing of the model before `until`; a longer time that was asked for before stays."""
    take_turn(connection)
    before = connection.scalar(select(cooldowns.c.until).where(cooldowns.c.model == model))
    if before is not None:
        until = max(before, until)
        connection.execute(delete(cooldowns).where(cooldowns.c.model == model))
    connection.execute(insert(cooldowns).values(model=model, until=until))


def is_cooling(model: ColumnElement[str], now: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether the model cools down, within another question."""
    return exists().where(cooldowns.c.model == model, cooldowns.c.until > now)


def _gate_of(paused_until: datetime | None, out_of_order: str | None) -> Gate:
    fault = Fault(out_of_order) if out_of_order else None
    # A newer release's reason isn't known here, but it is certain that nothing is sent.
    return Gate(paused_until=paused_until, out_of_order=Fault.GATEWAY if fault is Fault.UNCLEAR else fault)
