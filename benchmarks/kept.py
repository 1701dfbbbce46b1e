"""The figures that the repository keeps: as JSON, as a page with a table, and what has got worse since."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.figure import RATIO, Figure, table

KEPT = Path(__file__).with_name("results.json")
PAGE = Path(__file__).with_name("results.md")
MARGIN = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one part of the benchmarks measured, and where: `python` is its version, `load` what the machine did."""

    python: str
    cores: int
    load: float
    rounds: int
    figures: Sequence[Figure]

    @property
    def where(self) -> str:
        """Say what the figures depend on."""
        return f"{self.rounds} rounds, Python {self.python}, {self.cores} cores, load {self.load:.1f} when it began"


def to_json(parts: Mapping[str, Part]) -> str:
    """Return all that was measured, for other programs."""
    return json.dumps({name: asdict(part) for name, part in parts.items()}, indent=1, ensure_ascii=False) + "\n"


def from_json(text: str) -> dict[str, Part]:
    """Return what `to_json` wrote."""
    return {
        name: Part(**{**part, "figures": [Figure(**figure) for figure in part["figures"]]})
        for name, part in json.loads(text).items()
    }


def page(parts: Mapping[str, Part]) -> str:
    """Return the page with the table."""
    places: dict[str, list[str]] = {}
    for name, part in parts.items():
        places.setdefault(part.where, []).append(name)
    where = [f"- {', '.join(names)}: {place}" for place, names in places.items()]
    figures = [figure for part in parts.values() for figure in part.figures]
    said = "`make bench`: medians of several rounds, measured by turns in one run."
    return "\n".join(["# How fast it is", "", said, "", *where, "", table(figures), ""])


def worse(kept: Sequence[Figure], now: Sequence[Figure], margin: float = MARGIN) -> list[str]:
    """Name the ratios whose new value is worse than the kept one by more than `margin`.

    Times and counts depend on the machine, so only ratios are compared, and only those that both have.
    """
    before = {figure.name: figure for figure in kept if figure.unit == RATIO}
    return [
        f"{figure.name}: {figure.value:.2f}, and {before[figure.name].value:.2f} is kept"
        for figure in now
        if figure.name in before and figure.worse_than(before[figure.name], margin)
    ]
