"""Which leases ran out, by what this process has seen of them: no clock is compared with that of another process."""

from collections.abc import Collection, Iterable
from typing import NamedTuple


class Lease(NamedTuple):
    """A lease as it is stored. Each renewal changes `until`."""

    job_id: str
    owner: str
    until: int | None


class _Seen(NamedTuple):
    until: int | None
    """None if it was not read since it was written."""
    since: float


class LeaseWatch:
    """Knows for how long each lease was seen without a renewal, by a clock that can't be set.

    If `until` were compared with the time of day, a clock that is set forward would free the work of every living
    process, and one that is set back by an hour would free no work for an hour.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._renewed: dict[str, float] = {}

    def claimed(self, job_id: str, owner: str, at: float) -> None:
        """Note that `owner`, which is this process, was given a lease."""
        self._seen[job_id, owner] = _Seen(None, at)

    def renewed(self, owner: str, job_ids: Iterable[str], at: float) -> None:
        """Note that `owner`, which is this process, has renewed the leases of all that it works on."""
        self._renewed[owner] = at
        for job_id in job_ids:
            self.claimed(job_id, owner, at)

    def away(self) -> None:
        """Note that the database could not be used: no lease can be renewed meanwhile, so all start again."""
        self._seen.clear()

    def run_out(self, leases: Collection[Lease], owner: str, at: float) -> Collection[Lease]:
        """Return the leases that ran out: they were not renewed for as long as a lease lasts.

        A lease of `owner` itself counts only once a renewal has left it out for that long: a process that was asleep
        must renew its leases before it treats its own work as abandoned.
        """
        self._seen = {(lease.job_id, lease.owner): self._look(lease, at) for lease in leases}
        return [lease for lease in leases if self._lasted(lease, owner, at) >= self._seconds]

    def _look(self, lease: Lease, at: float) -> _Seen:
        seen = self._seen.get((lease.job_id, lease.owner))
        if seen is None or seen.until not in {None, lease.until}:
            return _Seen(lease.until, at)
        return _Seen(lease.until, seen.since)

    def _lasted(self, lease: Lease, owner: str, at: float) -> float:
        since = self._seen[lease.job_id, lease.owner].since
        return (self._renewed.get(owner, since) if lease.owner == owner else at) - since
