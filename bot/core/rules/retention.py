"""Retention: which stored images are old. The ledger says so, never the age of a file, which a copy may change."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.core.clock import made_at

UNFINISHED = timedelta(days=1)
"""After this time, an unfinished write belongs to a process that was killed."""


def is_old(job_id: str, ends: Mapping[str, datetime | None], limit: datetime) -> bool:
    """Return whether a job's images may be deleted: it ended before the limit, by `ends`; None stands for an open job.

    If the ledger doesn't know a job, its id tells when it was made. A moment that lies ahead is never old.
    """
    moment = ends[job_id] if job_id in ends else made_at(job_id)
    return moment is not None and moment < limit
