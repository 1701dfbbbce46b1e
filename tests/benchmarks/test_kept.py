"""The rules by which figures are kept, compared with what is kept, and measured by turns."""

from dataclasses import replace

import pytest

from benchmarks.figure import Figure
from benchmarks.kept import Part, from_json, page, to_json, worse
from benchmarks.pairs import by_turns, compared

SPEED = Figure(name="jobs/s, to the script's", value=0.4, goal=0.5, at_least=True, detail="")
EFFORT = Figure(name="processor per job, to the script's", value=2.0, goal=2, detail="")
WAIT = Figure(name="p99", value=0.3, goal=0.3, unit="s", detail="")


@pytest.mark.parametrize(
    ("kept", "value", "is_worse"),
    [
        (EFFORT, 2.49, False),
        (EFFORT, 2.51, True),
        (EFFORT, 0.1, False),
        (SPEED, 0.31, False),
        (SPEED, 0.29, True),
        (SPEED, 4.0, False),
        (WAIT, 3.0, False),  # a time depends on the machine
    ],
)
def test_a_ratio_that_is_worse_by_more_than_a_quarter_is_told(kept: Figure, value: float, is_worse: bool) -> None:
    told = worse([SPEED, EFFORT, WAIT], [replace(kept, value=value)])
    assert bool(told) == is_worse
    assert all(kept.name in line for line in told)


def test_a_figure_that_isnt_kept_is_compared_with_nothing() -> None:
    assert worse([SPEED], [replace(EFFORT, value=100)]) == []


def test_what_is_kept_is_read_as_it_was_written() -> None:
    parts = {"endtoend": Part(python="3.11.7", cores=2, load=1.25, rounds=10, figures=[SPEED, EFFORT])}
    assert from_json(to_json(parts)) == parts


def test_the_page_says_where_each_part_was_measured() -> None:
    here = Part(python="3.11.7", cores=2, load=1.0, rounds=10, figures=[SPEED])
    parts = {"endtoend": here, "memory": replace(here, figures=[EFFORT]), "burst": replace(here, python="3.14.0")}
    lines = page(parts).splitlines()
    assert "- endtoend, memory: 10 rounds, Python 3.11.7, 2 cores, load 1.0 when it began" in lines
    assert "- burst: 10 rounds, Python 3.14.0, 2 cores, load 1.0 when it began" in lines
    assert sum(line.startswith("| ") for line in lines) == 4


async def test_each_round_measures_all_and_begins_with_another_one() -> None:
    order: list[str] = []

    def measure(name: str) -> str:
        order.append(name)
        return name

    async def first() -> str:
        return measure("a")

    async def second() -> str:
        return measure("b")

    assert await by_turns(3, first, second) == [("a", "b")] * 3
    assert "".join(order) == "abbaab"


def test_a_ratio_is_the_median_of_the_pairs_ratios() -> None:
    assert compared([(4.0, 1.0), (3.0, 2.0), (5.0, 5.0)]) == (1.5, 4.0, 2.0)
