"""What jobs count for, in SQL, by the tables of `bot.core.rules.lifecycle`."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, false, func

from bot.core.model import Fault, Status
from bot.core.rules import lifecycle
from bot.core.rules.lifecycle import Share
from storage.ledger.rows import TEST
from storage.ledger.tables import jobs

_FREE = sorted(fault for fault in Fault if not fault.billed)
_CERTAIN = sorted(fault for fault in Fault if not fault.uncertain)
_SENT = func.coalesce(jobs.c.images_sent, jobs.c.n)


def _in(table: Mapping[Status, Share], share: Share) -> ColumnElement[bool]:
    """Return the condition that a job's status has this share, by a table of `bot.core.rules.lifecycle`."""
    having = [status for status in Status if table[status] is share]
    if Status.UNCLEAR in having:  # every word that only a newer release knows
        return jobs.c.status.not_in([status for status in Status if status not in having])
    return jobs.c.status.in_(having) if having else false()


def _sum(shares: Mapping[Share, ColumnElement[bool]]) -> ColumnElement[int]:
    """Return the sum of the images that count, with the condition for each share."""
    made = func.sum(jobs.c.images_made).filter(shares[Share.MADE])
    sent = func.sum(_SENT).filter(shares[Share.SENT])
    asked = func.sum(jobs.c.n).filter(shares[Share.ASKED])
    missing = func.sum(_SENT - jobs.c.images_made).filter(shares[Share.UNSURE], jobs.c.images_made < _SENT)
    return func.coalesce(made, 0) + func.coalesce(sent, 0) + func.coalesce(asked, 0) + func.coalesce(missing, 0)


_USED = {share: _in(lifecycle.USED, share) for share in Share}
_RESERVED = {share: _in(lifecycle.RESERVED, share) for share in Share}
# A fault that only a newer release knows may have been billed, too.
_FAULT_BILLED = jobs.c.fault.is_not(None) & jobs.c.fault.not_in(_FREE)
_BILLED = {
    share: (~_FAULT_BILLED & _in(lifecycle.BILLED, share))
    | (_FAULT_BILLED & _in(lifecycle.BILLED_AFTER_BILLED_FAULT, share))
    for share in Share
}
# A fault that only a newer release knows may leave doubt, too.
_UNCERTAIN = jobs.c.fault.is_not(None) & jobs.c.fault.not_in(_CERTAIN)
_DOUBT = {
    share: (~_UNCERTAIN & _in(lifecycle.DOUBT, share))
    | (_UNCERTAIN & _in(lifecycle.DOUBT_AFTER_UNCERTAIN_FAULT, share))
    for share in Share
}
SUMS = {"used": _sum(_USED), "reserved": _sum(_RESERVED), "doubt": _sum(_DOUBT), "billed": _sum(_BILLED)}
"""The sums over jobs, as in `Situation`."""
# A test picture counts for nothing.
COUNTED = func.coalesce(jobs.c.asked_model, "").not_like(f"{TEST}%")
"""Which jobs count at all."""
