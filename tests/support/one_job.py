"""A ledger of one job, for a delivery whose platform is what is tested."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.model import Job, Status
from bot.core.origin import Address
from tests.support.builders import MovableClock


@dataclass(slots=True)
class OneJob:
    """Keeps one job, and whether its asker was told the outcome. What is put off is due at once."""

    job: Job
    clock: MovableClock
    told: bool = False

    async def advance(
        self, job: Job, status: Status, *, address: Address | None = None, announced: bool = False
    ) -> Job:
        self.job = replace(job.at(address) if address else job, status=status)
        self.told = status is Status.DELIVERED
        return self.job

    async def mark_notified(self, job: Job, address: Address, *, announced: bool = False) -> Job:
        self.job, self.told = job.at(address), True
        return self.job

    async def update_address(self, job: Job, address: Address) -> Job:
        self.job = job.at(address)
        return self.job

    async def defer(self, job: Job, until: datetime, *, tried: bool) -> None:
        self.job = replace(job, deliveries=job.deliveries + tried)
        self.clock.move(max(0.0, (until - self.clock.now()).total_seconds()))
