"""The gate: one row that a transaction locks before it counts, and state that all processes share."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, select, update

from bot.core.model import Fault
from bot.core.queue import Outage
from bot.core.rules import moments
from bot.core.rules import outage as outages
from storage.ledger.moments import holds
from storage.ledger.prepared import Prepared
from storage.ledger.tables import cooldowns, gate, metadata
from storage.ledger.tables import refused_models as refused_models_


class Gate(NamedTuple):
    """The gate's values. `paused_until` may be in the past, or from before the clock was set back."""

    paused_until: datetime | None
    gateway_down: Fault | None
    outage: Outage | None = None

    def is_paused(self, now: datetime) -> bool:
        """Return whether no queued job may be claimed now."""
        return moments.holds(self.paused_until, now, moments.LONGEST_IN_QUEUE)

    def is_usable(self, now: datetime) -> bool:
        """Return whether nothing is known that keeps jobs from being sent."""
        return self.gateway_down is None and not self.is_paused(now) and not outages.is_on(self.outage)


PAUSED_UNTIL = select(gate.c.paused_until).scalar_subquery()
"""Until when no queued job is claimed, for use in another query."""
FAILURES = select(gate.c.failures).scalar_subquery()
"""How many requests to the gateway failed in a row, for use in another query; NULL if the latest did not."""
VALUES = (gate.c.paused_until, gate.c.out_of_order, gate.c.failures, gate.c.failing_since, gate.c.failing_with)
"""The columns that `gate_of` reads, for use in another query."""
_LOOK = Prepared(select(*VALUES))
# As text: nothing of what is found is read, and SQLAlchemy takes longer to write these than to run them.
_ONE_OF_EACH = [
    f"SELECT {', '.join(table.c.keys())} FROM {table.name} LIMIT 1"  # noqa: S608  all names are our own
    for table in metadata.sorted_tables
]
_TAKE_TURN = update(gate).values(id=gate.c.id).returning(*VALUES)


def take_turn(connection: Connection) -> Gate:
    """Lock the gate row until the transaction ends, once earlier holders have released it. Return its values.

    On SQLite `BEGIN IMMEDIATE` has done that already; on PostgreSQL updating the row does.
    """
    if connection.dialect.name == "sqlite":
        return look(connection)
    return gate_of(connection.execute(_TAKE_TURN).one())


def lock(connection: Connection) -> None:
    """Lock it for a query that reads the `VALUES` itself."""
    if connection.dialect.name != "sqlite":
        connection.execute(_TAKE_TURN).close()


def look(connection: Connection) -> Gate:
    """Read the gate row without locking it."""
    return gate_of(_LOOK.one(connection))


def check(connection: Connection) -> None:
    """Write to this row, and read from every table."""
    connection.execute(update(gate).values(id=gate.c.id))
    for one in _ONE_OF_EACH:
        connection.exec_driver_sql(one).close()


def pause(connection: Connection, until: datetime, now: datetime) -> None:
    """Keep queued jobs from being claimed before `until`. A longer pause that was set earlier stays."""
    until = moments.later(take_turn(connection).paused_until, until, now, moments.LONGEST_IN_QUEUE)
    connection.execute(update(gate).values(paused_until=until))


def failed(
    connection: Connection, fault: Fault, sent: datetime | None, first_pause: timedelta, now: datetime
) -> Outage:
    """Count a failure of the gateway, and pause the queue if it is an outage. Return what is known by now."""
    before = take_turn(connection)
    outage = outages.after_failure(before.outage, fault, sent=sent, now=now)
    if outage == before.outage:
        return outage
    values: dict[str, Any] = {"failures": outage.failures, "failing_since": outage.since, "failing_with": outage.fault}
    if outages.is_on(outage):
        until = now + outages.pause(outage, first_pause)
        outage = replace(outage, until=moments.later(before.paused_until, until, now, moments.LONGEST_IN_QUEUE))
        values["paused_until"] = outage.until
    connection.execute(update(gate).values(values))
    return outage


def answered(connection: Connection) -> None:
    """Forget the failures of the gateway, and the pause that they brought."""
    values: dict[str, Any] = {"failures": None, "failing_since": None, "failing_with": None}
    if outages.is_on(take_turn(connection).outage):
        values["paused_until"] = None
    connection.execute(update(gate).values(values))


def set_gateway_down(connection: Connection, fault: Fault | None) -> None:
    """Store why the gateway can't be used, or None if it can."""
    connection.execute(update(gate).values(out_of_order=fault))


def cool_down(connection: Connection, model: str, until: datetime, now: datetime) -> None:
    """Keep the model's jobs from being claimed before `until`. A longer time that was set earlier stays."""
    take_turn(connection)
    before = connection.scalar(select(cooldowns.c.until).where(cooldowns.c.model == model))
    until = moments.later(before, until, now, moments.LONGEST_IN_QUEUE)
    connection.execute(delete(cooldowns).where(cooldowns.c.model == model))
    connection.execute(insert(cooldowns).values(model=model, until=until))


def refuse_model(connection: Connection, model: str, until: datetime, fault: Fault) -> None:
    """Remember that the gateway refused a model as a whole."""
    take_turn(connection)
    connection.execute(delete(refused_models_).where(refused_models_.c.model == model))
    connection.execute(insert(refused_models_).values(model=model, until=until, fault=fault.value))


def refused_models(connection: Connection) -> Mapping[str, datetime]:
    """Return the models that were refused, and until when that is remembered."""
    return {row.model: row.until for row in connection.execute(select(refused_models_))}


def is_cooling(model: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that the model cools down, for use in another query."""
    return exists().where(cooldowns.c.model == model, holds(cooldowns.c.until, moments.LONGEST_IN_QUEUE))


def gate_of(row: Any) -> Gate:
    """Return the values in a row that has the columns."""
    down = _known(row.out_of_order) if row.out_of_order else None
    outage = None
    if row.failures:
        outage = Outage(failures=row.failures, since=row.failing_since, fault=_known(row.failing_with))
        outage = replace(outage, until=row.paused_until) if outages.is_on(outage) else outage
    return Gate(paused_until=row.paused_until, gateway_down=down, outage=outage)


def _known(word: str) -> Fault:
    # A newer release's reason isn't known here, but it is certain that the gateway can't be used.
    fault = Fault(word)
    return Fault.GATEWAY if fault is Fault.UNCLEAR else fault
