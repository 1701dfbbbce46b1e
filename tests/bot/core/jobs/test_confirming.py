"""The first message of a job that a worker claims while the ledger learns where it is shown."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.jobs.confirming import Confirming
from bot.core.jobs.held import Held
from bot.core.jobs.progress import Shown
from bot.core.model import Job
from bot.core.origin import Address
from bot.core.retry import Retry
from storage import open_storage
from storage.ledger.repository import SqlJobRepository
from tests.support.builders import MovableClock, new_address, new_job, new_limits


class Claimed:
    """Stands for the ledger: a worker of this process claims the job just before it is confirmed."""

    def __init__(self, jobs: SqlJobRepository, shown: dict[str, Shown], *, used: bool) -> None:
        self._jobs, self._shown, self._used = jobs, shown, used

    async def confirm(self, job_id: str, address: Address) -> bool:
        """Confirm the job too late. If its run has `used` the address, it has noted that."""
        assert await self._jobs.claim("ada-worker", max_running=8)
        if self._used:
            self._shown.pop(job_id).is_taken = True
        return await self._jobs.confirm(job_id, address)


@pytest.mark.parametrize("used", [True, False])
async def test_a_message_shows_the_job_if_its_run_uses_it_and_else_another_one_does(tmp_path: Path, used: bool) -> None:
    async def begin(_: Job, __: Address | None) -> bool:
        return False

    address = f"sqlite:///{tmp_path}/ledger.db"
    async with open_storage(
        database_url=address, image_store=str(tmp_path / "images"), clock=MovableClock()
    ) as storage:
        shown: dict[str, Shown] = {}
        admission: Any = Claimed(storage.jobs, shown, used=used)
        confirming = Confirming(
            held=Held(), admission=admission, ledger=storage.jobs, retry=Retry(seconds=5), shown=shown, begin=begin
        )
        asked = Address(platform="test", place={"channel": "harbour", "message": ""})
        accepted = await storage.jobs.accept(new_job(address=asked), new_limits(), hold=timedelta(0), max_running=8)
        assert await confirming.confirm(accepted.job.id, new_address()) == used
        assert shown == {}
