"""Admission: the reasons have one order, and people read the first one that holds."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.access import Access
from bot.core.model import Fault, Limits, Window
from bot.core.origin import Facts
from bot.core.refusals import (
    BacklogFull,
    BudgetSpent,
    Duplicate,
    Forbidden,
    GatewayDown,
    GuestRefused,
    ModelCoolingDown,
    NoFiles,
    NotHere,
    Outsider,
    QuotaExceeded,
    Refusal,
    ShuttingDown,
    StoreAway,
    TooManyOpen,
)
from bot.core.rules.admission import Case, Situation, admit

TODAY = Window(start=datetime(2026, 3, 14, tzinfo=UTC), end=datetime(2026, 3, 15, tzinfo=UTC))
STRICT = Access(elsewhere=False, outsiders=False, guests=False)
LIMITS = Limits(window=TODAY, quota=20, open_jobs=3, backlog=1000, budget=500, access=STRICT)
FREE = Situation(asked=1, model="dall-e-3", limits=LIMITS)

IN_ORDER: list[tuple[Case, type[Refusal], Mapping[str, Any]]] = [
    (Case.DUPLICATE, Duplicate, {"duplicate_of": "0a"}),
    (Case.SHUTTING_DOWN, ShuttingDown, {"shutting_down": True}),
    (Case.OUTSIDER, NotHere, {"at_home": False}),
    (Case.OUTSIDER, Outsider, {"outsider": True}),
    (Case.OUTSIDER, GuestRefused, {"guest": True}),
    (Case.PLACE_OR_ROLE, Forbidden, {"forbidden": True}),
    (Case.PLACE_OR_ROLE, NoFiles, {"no_files": "file_uploads_disabled"}),
    (Case.GATEWAY, GatewayDown, {"gateway_down": Fault.AUTH}),
    (Case.GATEWAY, ModelCoolingDown, {"cooling": True}),
    (Case.STORE, StoreAway, {"store_away": True}),
    (Case.BACKLOG, BacklogFull, {"waiting": 1000}),
    (Case.OPEN_JOBS, TooManyOpen, {"open_jobs": 3}),
    (Case.QUOTA, QuotaExceeded, {"used": 20}),
    (Case.BUDGET, BudgetSpent, {"billed": 500}),
]


def facts(*chosen: int) -> Situation:
    known = {name: fact for index in chosen for name, fact in IN_ORDER[index][2].items()}
    person = {name: known.pop(name) for name in set(known) & {field.name for field in fields(Facts)}}
    process = {name: known.pop(name) for name in set(known) & {"shutting_down", "store_away"}}
    return FREE._replace(facts=Facts(**person), limits=replace(LIMITS, **process), **known)


def test_the_order_is_the_documented_one() -> None:
    assert [case.value for case in Case] == [
        "duplicate",
        "shutting_down",
        "paused",
        "blocked",
        "outsider",
        "place_or_role",
        "words",
        "model",
        "gateway",
        "store",
        "backlog",
        "open_jobs",
        "quota",
        "budget",
    ]
    places = [list(Case).index(case) for case, _, _ in IN_ORDER]
    assert all(before <= after for before, after in pairwise(places))


def test_nothing_is_refused_without_a_reason() -> None:
    admit(FREE)


@given(st.sets(st.integers(0, len(IN_ORDER) - 1), min_size=1))
def test_of_several_reasons_the_first_is_told(chosen: set[int]) -> None:
    with pytest.raises(IN_ORDER[min(chosen)][1]):
        admit(facts(*chosen))


@given(st.integers(1, 10), st.integers(0, 30), st.integers(0, 30), st.integers(0, 40))
def test_a_quota_is_never_exceeded(asked: int, used: int, reserved: int, quota: int) -> None:
    situation = FREE._replace(asked=asked, used=used, reserved=reserved, limits=replace(LIMITS, quota=quota))
    if used + reserved + asked <= quota:
        admit(situation)
        return
    with pytest.raises(QuotaExceeded) as refusal:
        admit(situation)
    told = refusal.value
    assert (told.asked, told.used, told.reserved, told.quota, told.window) == (asked, used, reserved, quota, TODAY)


@given(st.integers(1, 10), st.integers(0, 30), st.none() | st.integers(0, 40))
def test_a_budget_is_never_exceeded_and_none_is_no_limit(asked: int, billed: int, budget: int | None) -> None:
    situation = FREE._replace(asked=asked, billed=billed, limits=replace(LIMITS, budget=budget))
    if budget is None or billed + asked <= budget:
        admit(situation)
        return
    with pytest.raises(BudgetSpent):
        admit(situation)


@given(st.integers(0, 2000), st.integers(0, 10))
def test_the_backlog_and_the_open_jobs_end_at_their_limits(waiting: int, own: int) -> None:
    situation = FREE._replace(waiting=waiting, open_jobs=own)
    expected = BacklogFull if waiting >= LIMITS.backlog else TooManyOpen if own >= LIMITS.open_jobs else None
    if expected is None:
        admit(situation)
        return
    with pytest.raises(expected):
        admit(situation)


def test_the_window_is_told_with_the_refusal() -> None:
    later = replace(TODAY, end=TODAY.end + timedelta(days=1))
    with pytest.raises(BudgetSpent) as refusal:
        admit(FREE._replace(billed=500, limits=replace(LIMITS, window=later)))
    assert refusal.value.window == later
