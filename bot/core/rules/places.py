"""Places: how many requests of one job may be unanswered at a time. Each takes a place under MAX_CONCURRENT_JOBS."""

AT_ONCE = 4
"""The most requests of one job at a time."""


def places(*, missing: int, free: int, waiting: int) -> int:
    """Return how many requests of a job may be unanswered now.

    `missing` images are not made yet, `free` places are not taken by other jobs, and `waiting` other jobs are due: each
    of them gets a place before this job gets its second one.
    """
    return min(AT_ONCE, missing, max(1, free - waiting))


def start_at_once(*, free: int, waiting: int, usable: bool) -> bool:
    """Return whether a job that was just shown to its asker may be sent without a turn in the queue.

    `free` places are not taken, `waiting` other jobs are due, and `usable` says whether the gateway takes anything.
    """
    return usable and free > 0 and waiting == 0


def has_to_wait(*, ahead: int, taken: int, max_running: int) -> bool:
    """Return whether all places are taken once the `ahead` jobs that come before a new one have theirs.

    Then it isn't worth a try to send the job at once: it takes its turn in the queue.
    """
    return ahead + taken >= max_running
