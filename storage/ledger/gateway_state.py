"""What all processes know about the gateway, in the ledger's database."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.core.clock import Clock
from bot.core.gateway_state import GatewayState
from bot.core.model import Fault
from bot.core.ports import Wakeup
from bot.core.queue import Outage
from bot.core.rules import moments
from storage.database.database import Database
from storage.ledger import gate


class SqlGatewayState(GatewayState):
    """The gateway's state, on SQLite or PostgreSQL; the port describes the methods."""

    def __init__(self, database: Database, *, clock: Clock, wakeup: Wakeup) -> None:
        self._database, self._clock, self._wakeup = database, clock, wakeup

    async def pause(self, until: datetime) -> None:
        await self._database.write(lambda connection: gate.pause(connection, until, self._clock.now()))

    async def failed(self, fault: Fault, *, sent: datetime | None, first_pause: timedelta) -> Outage:
        return await self._database.write(
            lambda connection: gate.failed(connection, fault, sent, first_pause, self._clock.now())
        )

    async def answered(self) -> None:
        await self._database.write(gate.answered)
        self._wakeup.notify()

    async def outage(self) -> Outage | None:
        return (await self._database.read(gate.look)).outage

    async def cool_down(self, model: str, until: datetime) -> None:
        await self._database.write(lambda connection: gate.cool_down(connection, model, until, self._clock.now()))

    async def refuse_model(self, model: str, until: datetime, fault: Fault) -> None:
        until = moments.believed(until, self._clock.now(), moments.LONGEST_REFUSAL)
        await self._database.write(lambda connection: gate.refuse_model(connection, model, until, fault))

    async def refused_models(self) -> Mapping[str, datetime]:
        return await self._database.read(gate.refused_models)

    async def gateway_down(self) -> Fault | None:
        return (await self._database.read(gate.look)).gateway_down

    async def set_gateway_down(self, fault: Fault | None) -> None:
        await self._database.write(lambda connection: gate.set_gateway_down(connection, fault))
