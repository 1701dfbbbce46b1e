"""How models take sizes: names, pixels and aspect ratios in, a size that the model accepts out."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from bot.core.message import Message, message

SHAPES = ("square", "landscape", "portrait")
RATIOS = ("1:1", "3:2", "2:3", "4:3", "3:4", "16:9", "9:16")

# Beyond this factor the nearest size is no longer what the user asked for.
_TOLERANCE = math.log(1.5)

_PIXELS = re.compile(r"(\d{1,5})(?:\s*[x×*]\s*(\d{1,5}))?", re.ASCII)
_RATIO = re.compile(r"(\d{1,4}(?:\.\d{1,3})?)\s*[:/]\s*(\d{1,4}(?:\.\d{1,3})?)", re.ASCII)


class SizeRule(Protocol):
    """How a family of models takes sizes."""

    @property
    def choices(self) -> tuple[str, ...]:
        """The values offered to users: shapes first, then words, then sizes."""
        ...

    @property
    def allowed(self) -> tuple[str | Message, ...]:
        """All accepted values, with ranges in words."""
        ...

    @property
    def words(self) -> tuple[str, ...]:
        """The words that are sent unchanged, such as `auto`."""
        ...

    def of_shape(self, shape: str) -> str | None:
        """Return the preferred size of a shape, or None."""
        ...

    def of_pixels(self, width: int, height: int) -> str | None:
        """Return what to send for these pixels, or None."""
        ...

    def of_ratio(self, ratio: float) -> str | None:
        """Return the size nearest to a ratio, or None if no size is near."""
        ...


def choose(rule: SizeRule, wanted: str) -> str | None:
    """Return the size to send for `landscape`, `16:9`, `1024`, `1024x768` or a word; None if no size fits."""
    word = wanted.strip().lower()
    for taken in rule.words:
        if taken.lower() == word:
            return taken
    if word in SHAPES:
        return rule.of_shape(word)
    if pixels := _parse_pixels(word):
        return rule.of_pixels(*pixels)
    if ratio := _parse_ratio(word):
        return rule.of_ratio(ratio)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedSizes:
    """A list of sizes, each as `WIDTHxHEIGHT`, the preferred one of each shape first. If empty, the model decides."""

    sizes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def choices(self) -> tuple[str, ...]:
        """The shapes that occur, the words, and the sizes."""
        shapes = (shape for shape in SHAPES if self.of_shape(shape))
        return (*shapes, *self.words, *self.sizes)

    @property
    def allowed(self) -> tuple[str | Message, ...]:
        """The same as `choices`."""
        return self.choices

    def of_shape(self, shape: str) -> str | None:
        """Return the first size of that shape."""
        return next((size for size in self.sizes if _shape(_ratio_of(size)) == shape), None)

    def of_pixels(self, width: int, height: int) -> str | None:
        """Return the size if it is listed."""
        return size if (size := f"{width}x{height}") in self.sizes else None

    def of_ratio(self, ratio: float) -> str | None:
        """Return the nearest listed size."""
        return _nearest(((_ratio_of(size), size) for size in self.sizes), ratio)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlexibleSizes:
    """Any size within bounds. `named` are offered to users: a square first, and at least one of each shape."""

    named: tuple[str, ...]
    words: tuple[str, ...] = ()
    step: int = 16
    min_pixels: int
    max_pixels: int
    longest: int
    steepest: float = 3

    @property
    def choices(self) -> tuple[str, ...]:
        """The shapes, the words, and the named sizes."""
        return (*SHAPES, *self.words, *self.named)

    @property
    def allowed(self) -> tuple[str | Message, ...]:
        """The choices, then the bounds in words."""
        bounds = message(
            "any WIDTHxHEIGHT in steps of {step}, with {least} to {most} pixels, "
            "no side longer than {longest}, and no ratio beyond {ratio}:1",
            step=self.step,
            least=self.min_pixels,
            most=self.max_pixels,
            longest=self.longest,
            ratio=self.steepest,
        )
        return (*self.choices, bounds)

    def of_shape(self, shape: str) -> str | None:
        """Return the first named size of that shape."""
        return next((size for size in self.named if _shape(_ratio_of(size)) == shape), None)

    def of_pixels(self, width: int, height: int) -> str | None:
        """Return the size if it is within bounds."""
        return f"{width}x{height}" if self._takes(width, height) else None

    def of_ratio(self, ratio: float) -> str | None:
        """Return a named size of exactly this ratio, else the closest size with about as many pixels as the square."""
        for size in self.named:
            if math.isclose(_ratio_of(size), ratio, rel_tol=0.001):
                return size
        possible = min(max(ratio, 1 / self.steepest), self.steepest)
        if _distance(possible, ratio) > _TOLERANCE:
            return None
        width, height = min(self._candidates(possible), key=lambda pair: _distance(pair[0] / pair[1], possible))
        return f"{width}x{height}"

    def _takes(self, width: int, height: int) -> bool:
        short, long = sorted((width, height))
        in_steps = width % self.step == 0 and height % self.step == 0
        return (
            in_steps
            and self.min_pixels <= width * height <= self.max_pixels
            and long <= min(self.longest, self.steepest * short)
        )

    def _candidates(self, ratio: float) -> Iterator[tuple[int, int]]:
        square = int(self.named[0].split("x")[0]) ** 2
        for height in range(self.step, self.longest + 1, self.step):
            below = math.floor(height * ratio / self.step) * self.step
            for width in (below, below + self.step):
                if self._takes(width, height) and _distance(width * height, square) < _TOLERANCE:
                    yield width, height


@dataclass(frozen=True, slots=True, kw_only=True)
class AspectRatios:
    """Aspect ratios and resolutions instead of pixels: `16:9` or `2k` takes the place of a size."""

    ratios: tuple[str, ...]
    resolutions: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The resolutions, and the ratios that are words, such as `auto`."""
        return (*self.resolutions, *(ratio for ratio in self.ratios if ":" not in ratio))

    @property
    def choices(self) -> tuple[str, ...]:
        """The shapes, the ratios, then the resolutions."""
        return (*SHAPES, *self.ratios, *self.resolutions)

    @property
    def allowed(self) -> tuple[str | Message, ...]:
        """The same as `choices`."""
        return self.choices

    def of_shape(self, shape: str) -> str | None:
        """Return the usual ratio of that shape."""
        return {"square": "1:1", "landscape": "3:2", "portrait": "2:3"}[shape]

    def of_pixels(self, width: int, height: int) -> str | None:
        """Return the listed ratio that is nearest to the ratio of these pixels."""
        return self.of_ratio(width / height)

    def of_ratio(self, ratio: float) -> str | None:
        """Return the nearest listed ratio."""
        return _nearest(((value, each) for each in self.ratios if (value := _parse_ratio(each))), ratio)


def _parse_pixels(text: str) -> tuple[int, int] | None:
    found = _PIXELS.fullmatch(text)
    if found is None:
        return None
    width, height = int(found[1]), int(found[2] or found[1])
    return (width, height) if width and height else None


def _parse_ratio(text: str) -> float | None:
    found = _RATIO.fullmatch(text)
    if found is None:
        return None
    width, height = float(found[1]), float(found[2])
    return width / height if width and height else None


def _nearest(sizes: Iterator[tuple[float, str]], ratio: float) -> str | None:
    near = ((_distance(its_ratio, ratio), size) for its_ratio, size in sizes)
    best = min(near, key=lambda pair: pair[0], default=None)
    return best[1] if best and best[0] <= _TOLERANCE else None


def _ratio_of(size: str) -> float:
    width, height = size.split("x")
    return int(width) / int(height)


def _shape(ratio: float) -> str:
    return "square" if ratio == 1 else "landscape" if ratio > 1 else "portrait"


def _distance(one: float, other: float) -> float:
    return abs(math.log(one / other))
