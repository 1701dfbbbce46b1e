"""A measured figure with its goal, and a table of figures."""

from collections.abc import Sequence
from dataclasses import dataclass

RATIO = "×"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`value` should be at most `goal`, or with `at_least`, at least `goal`. `why` is shown if the goal is missed."""

    name: str
    value: float
    goal: float
    detail: str
    at_least: bool = False
    unit: str = RATIO
    why: str = ""

    @property
    def met(self) -> bool:
        """Whether the goal is met."""
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    def worse_than(self, other: "Figure", margin: float) -> bool:
        """Whether the value is worse than the value of `other`, by more than this part of it."""
        if self.at_least:
            return self.value < other.value * (1 - margin)
        return self.value > other.value * (1 + margin)

    def cells(self) -> tuple[str, ...]:
        """Return the cells of the figure's row."""
        sign = "≥" if self.at_least else "≤"
        goal = f"{sign} {self.goal:g} {self.unit}".strip()
        return self.name, f"{self.value:.2f} {self.unit}".strip(), goal, "met" if self.met else "missed", self.detail


HEAD = ("figure", "measured", "goal", "", "made of")


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a Markdown table. The first row is its head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table that can be read in a terminal too."""
    lines = columns([HEAD, *(figure.cells() for figure in figures)])
    reasons: dict[str, list[str]] = {}
    for figure in figures:
        if figure.why and not figure.met:
            reasons.setdefault(figure.why, []).append(figure.name)
    said = [f"- {'; '.join(names)}: {why}" for why, names in reasons.items()]
    return "\n".join([*lines, *(["", "Missed, and why:", "", *said] if said else [])])
