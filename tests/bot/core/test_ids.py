"""Ids: they sort in the order in which they were made, and no id comes twice."""

from datetime import UTC, datetime, timedelta

from bot.core.clock import Ids, made_at

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MANY = 1000


def test_many_ids_of_one_moment_differ_and_keep_their_order() -> None:
    ids = Ids()
    made = [ids.new(NOON) for _ in range(MANY)]
    assert made == sorted(made)
    assert {len(each) for each in made} == {26}
    assert made_at(made[0]) == NOON


def test_ids_of_two_processes_differ_though_they_are_made_at_the_same_moments() -> None:
    one, other = Ids(), Ids()
    moments = [NOON + timedelta(microseconds=number) for number in range(MANY)]
    assert {one.new(moment) for moment in moments}.isdisjoint({other.new(moment) for moment in moments})
