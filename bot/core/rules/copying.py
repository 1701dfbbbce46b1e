"""Copies: which further messages may show a job's images."""

from datetime import timedelta

from bot.core.copies import Copy
from bot.core.model import Job
from bot.core.refusals import Busy, Duplicate, ShownOften

MOST = 50
"""How many further messages may show a job's images: all of them are kept in its row."""
_DOUBLE_PRESS = timedelta(seconds=3)


def admit(job: Job, copy: Copy) -> None:
    """Raise why a job's images may not be shown by another message.

    A press that comes twice, from the chat or from an impatient finger, shows them once.
    """
    if any(each.id == copy.id or _is_the_same_press(each, copy) for each in job.copies):
        raise Duplicate(job.id)
    if job.owner:  # the worker that shows it now stores its address, too
        raise Busy
    if len(job.copies) >= MOST:
        raise ShownOften(MOST)


def _is_the_same_press(one: Copy, other: Copy) -> bool:
    return bool(one.conversation) and one.conversation == other.conversation and abs(one.at - other.at) < _DOUBLE_PRESS
