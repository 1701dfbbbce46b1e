"""Admission: whether a new job is accepted, decided in one order from everything that is known about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from bot.core.image import ImageRequest
from bot.core.model import Asked, Fault, Limits
from bot.core.origin import Facts, Origin
from bot.core.refusals import (
    BacklogFull,
    BudgetSpent,
    Duplicate,
    Forbidden,
    GatewayDown,
    ModelCoolingDown,
    NoFiles,
    QuotaExceeded,
    Refusal,
    ShuttingDown,
    StoreAway,
    TooManyOpen,
)
from bot.core.rules.doubt import counted
from bot.core.rules.permissions import barred


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job to be put into the ledger. One key of an origin, one job."""

    id: str
    origin: Origin
    request: ImageRequest
    asked: Asked | None = None
    parent: str | None = None
    """The id of the job whose button asked for this one."""

    @property
    def test(self) -> bool:
        """Whether it asks for test pictures."""
        return self.asked is not None and self.asked.test


class Situation(NamedTuple):
    """What is known when a job for `asked` images of `model` is to be accepted; the storage gathers it in one query."""

    asked: int
    model: str
    limits: Limits
    facts: Facts = Facts()
    duplicate_of: str | None = None
    """The id of the job that the same event, or the same press of a button, was accepted as."""
    gateway_down: Fault | None = None
    cooling: bool = False
    """Whether the model is cooling down."""
    named: bool = True
    """Whether the asker named the model. Otherwise another one may draw the job."""
    test: bool = False
    """Whether test pictures are asked for, which count for nothing."""
    waiting: int = 0
    """How many jobs of all users wait in the queue."""
    open_jobs: int = 0
    """How many jobs of this user have not ended."""
    used: int = 0
    reserved: int = 0
    doubt: int = 0
    """The user's images in the window, as in `Usage`."""
    billed: int = 0
    """All users' images in the window that count against the budget."""


_OF_THE_PLACE = (Forbidden, NoFiles)


class Case(StrEnum):
    """The reasons to refuse a job, in the order in which they are checked: people read the first one that holds."""

    DUPLICATE = "duplicate"
    SHUTTING_DOWN = "shutting_down"
    PAUSED = "paused"
    BLOCKED = "blocked"
    OUTSIDER = "outsider"
    PLACE_OR_ROLE = "place_or_role"
    WORDS = "words"
    MODEL = "model"
    GATEWAY = "gateway"
    STORE = "store"
    BACKLOG = "backlog"
    OPEN_JOBS = "open_jobs"
    QUOTA = "quota"
    BUDGET = "budget"


def admit(situation: Situation) -> None:
    """Return if the job may be accepted. Raises the refusal of the first case that holds."""
    for case in Case:
        check = _CHECKS.get(case)  # a case without a check has no facts yet
        if check is not None and (refusal := check(situation)):
            raise refusal


def _duplicate(situation: Situation) -> Refusal | None:
    return Duplicate(situation.duplicate_of) if situation.duplicate_of else None


def _shutting_down(situation: Situation) -> Refusal | None:
    return ShuttingDown() if situation.limits.shutting_down else None


def _outsider(situation: Situation) -> Refusal | None:
    refusal = barred(situation.facts, situation.limits.access)
    return None if isinstance(refusal, _OF_THE_PLACE) else refusal


def _place_or_role(situation: Situation) -> Refusal | None:
    refusal = barred(situation.facts, situation.limits.access)
    return refusal if isinstance(refusal, _OF_THE_PLACE) else None


def _gateway(situation: Situation) -> Refusal | None:
    if situation.gateway_down:
        return GatewayDown()
    return ModelCoolingDown(situation.model) if situation.cooling and situation.named else None


def _store(situation: Situation) -> Refusal | None:
    return StoreAway() if situation.limits.store_away else None


def _backlog(situation: Situation) -> Refusal | None:
    return BacklogFull() if situation.waiting >= situation.limits.backlog else None


def _open_jobs(situation: Situation) -> Refusal | None:
    limit = situation.limits.open_jobs
    return TooManyOpen(limit) if situation.open_jobs >= limit else None


def _quota(situation: Situation) -> Refusal | None:
    asked, reserved, limits = situation.asked, situation.reserved, situation.limits
    doubt = counted(situation.doubt, limits.quota)
    used = situation.used + doubt
    if situation.test or used + reserved + asked <= limits.quota:
        return None
    return QuotaExceeded(
        asked=asked, used=used, reserved=reserved, doubt=doubt, quota=limits.quota, window=limits.window
    )


def _budget(situation: Situation) -> Refusal | None:
    limits = situation.limits
    if situation.test or limits.budget is None or situation.billed + situation.asked <= limits.budget:
        return None
    return BudgetSpent(limits.window)


_CHECKS: Mapping[Case, Callable[[Situation], Refusal | None]] = {
    Case.DUPLICATE: _duplicate,
    Case.SHUTTING_DOWN: _shutting_down,
    Case.OUTSIDER: _outsider,
    Case.PLACE_OR_ROLE: _place_or_role,
    Case.GATEWAY: _gateway,
    Case.STORE: _store,
    Case.BACKLOG: _backlog,
    Case.OPEN_JOBS: _open_jobs,
    Case.QUOTA: _quota,
    Case.BUDGET: _budget,
}
