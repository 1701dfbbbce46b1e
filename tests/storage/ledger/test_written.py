"""How much a job writes: each page that a commit changes goes to SQLite's log as a whole."""

from pathlib import Path

import pytest

from bot.core.model import Status
from storage import Storage
from tests.storage.steps import brought_to
from tests.support.builders import new_job

_JOBS = 40
_HEADER, _OF_A_PAGE, _PAGE = 32, 24, 1024
_MOST = 23.5
"""Pages of a job, over the five commits that it takes here; 22.7 as it is, and at least one more with another index."""


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_a_job_writes_few_pages(own_storage: Storage, tmp_path: Path) -> None:
    log = tmp_path / "ledger.db-wal"

    async def delivered(jobs: range) -> int:
        for number in jobs:
            await brought_to(own_storage.jobs, Status.DELIVERED, new_job(f"test:{number:018}"))
        return (log.stat().st_size - _HEADER) // (_OF_A_PAGE + _PAGE)

    before = await delivered(range(_JOBS))
    each = (await delivered(range(_JOBS, 2 * _JOBS)) - before) / _JOBS
    assert each <= _MOST
