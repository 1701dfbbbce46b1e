"""`imagine-bot doctor --recount`: what it says of totals that are right, and of others, which are right afterwards."""

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.core.clock import SystemClock
from storage import open_storage
from tests.storage.steps import accepted
from tests.support.builders import new_job
from tests.support.process import imagine_bot


async def test_a_recount_says_and_corrects_what_differs_while_a_bot_uses_the_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    url = f"sqlite:///{path}"

    async def recounted() -> tuple[int, str, str]:
        return await imagine_bot(tmp_path, "doctor", "--recount", database_url=url)

    status, out, err = await recounted()
    assert (status, out, err.count("Start it on them once.")) == (1, "", 1)
    assert not path.exists()
    async with open_storage(database_url=url, image_store=str(tmp_path / "images"), clock=SystemClock()) as storage:
        await accepted(storage.jobs, new_job("test:ada", n=3))
        assert await recounted() == (0, "The totals agree with 1 job.\n", "")
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("UPDATE totals SET reserved = 2, billed = 2 WHERE scope = 'test:ada' AND minutes = 1440")
            other.execute("DELETE FROM totals WHERE scope = '*'")
        status, out, err = await recounted()
        assert (status, err) == (1, "")
        assert " UTC, test:ada, reserved: 2 was kept, 3 is right." in out
        assert out.count("everybody, billed: 0 was kept, 3 is right.") == 2
        assert out.endswith("3 totals differed from the jobs, and are corrected.\n")
        assert await recounted() == (0, "The totals agree with 1 job.\n", "")
