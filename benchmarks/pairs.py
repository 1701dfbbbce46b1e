"""Measure several things by turns in one run, so that other work of the machine slows all of them alike."""

from collections.abc import Awaitable, Callable, Sequence
from statistics import median
from typing import TypeVar

T = TypeVar("T")


async def by_turns(rounds: int, *measures: Callable[[], Awaitable[T]]) -> list[tuple[T, ...]]:
    """Measure all of them in each round, starting with another each time. Return the rounds, in the order given."""
    measured = []
    for number in range(rounds):
        turns = range(number % len(measures), number % len(measures) + len(measures))
        done = {turn % len(measures): await measures[turn % len(measures)]() for turn in turns}
        measured.append(tuple(done[place] for place in range(len(measures))))
    return measured


def compared(pairs: Sequence[tuple[float, ...]]) -> tuple[float, float, float]:
    """Return the median of the ratios, of the first to the second of each pair, and the median of each of the two."""
    first, second = zip(*pairs, strict=True)
    return median(one / other for one, other in pairs), median(first), median(second)


def fewer(rounds: int) -> int:
    """Return how many rounds a long part has: three of ten."""
    return max(1, rounds * 3 // 10)
