"""Refuse a lock that leaves pip anything to resolve: it would install something else, or fail, when releases come out.

`python -m tests.support.locks` looks at the project's own two locks, in the environment that was installed from them.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
Pins = Mapping[str, Requirement]


def problems(lock: str, asked: Iterable[str]) -> Iterator[str]:
    """Yield a sentence for each way in which a lock's text is not the whole answer to the requirements `asked`."""
    pins: dict[str, Requirement] = {}
    for line in _logical_lines(lock):
        written, *hashes = re.split(r"\s+--hash=", line)
        try:
            pin = Requirement(written)
        except ValueError:
            yield f"{written}: not a pin of one version"
            continue
        if not _is_one_version(pin):
            yield f"{written}: pip would choose the version; pin it with =="
        if not hashes:
            yield f"{written}: has no hash"
        pins[canonicalize_name(pin.name)] = pin
    yield from _unanswered("the project", asked, (), pins)
    for pin in filter(_applies, pins.values()):
        yield from _of_one_pin(pin, pins)


def _of_one_pin(pin: Requirement, pins: Pins) -> Iterator[str]:
    try:
        found = distribution(pin.name)
    except PackageNotFoundError:
        yield f"{pin.name}: not installed here, so that nobody can say what it asks for"
        return
    if not pin.specifier.contains(found.version, prereleases=True):
        yield f"{pin.name}: {found.version} is installed here, not {pin.specifier}"
    yield from _unanswered(pin.name, found.requires or (), pin.extras, pins)


def _unanswered(asker: str, asked: Iterable[str], extras: Iterable[str], pins: Pins) -> Iterator[str]:
    for requirement in map(Requirement, asked):
        if not _applies(requirement, extras):
            continue
        pin = pins.get(canonicalize_name(requirement.name))
        if pin is None:
            yield f"{asker} asks for {requirement.name}, which the lock lacks"
        elif missing := requirement.extras - pin.extras:
            yield f"{asker} asks for {requirement.name}[{','.join(sorted(missing))}], which the pin lacks"
        elif not all(requirement.specifier.contains(each.version, prereleases=True) for each in pin.specifier):
            yield f"{asker} asks for {requirement.name} {requirement.specifier}, the pin is {pin.specifier}"


def _applies(requirement: Requirement, extras: Iterable[str] = ()) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in {"", *extras})


def _is_one_version(pin: Requirement) -> bool:
    return len(pin.specifier) == 1 and all(each.operator == "==" and "*" not in each.version for each in pin.specifier)


def _logical_lines(lock: str) -> Iterator[str]:
    for line in lock.replace("\\\n", " ").splitlines():
        if stripped := re.sub(r"(^|\s)#.*", "", line).strip():
            yield stripped


def _project() -> Mapping[str, tuple[str, ...]]:
    """Return what each lock has to answer: the project's requirements, and what building and testing it takes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runs = (*project["project"]["dependencies"], *_logical_lines((ROOT / "requirements-build.in").read_text()))
    return {"requirements.txt": runs, "requirements-dev.txt": (*runs, *project["dependency-groups"]["dev"])}


def main() -> int:
    """Look at both locks. Return 1 if either is refused."""
    found = [f"{name}: {each}" for name, asked in _project().items() for each in problems(_text(name), asked)]
    for each in found:
        sys.stderr.write(f"{each}\n")
    return 1 if found else 0


def _text(name: str) -> str:
    return (ROOT / name).read_text()


if __name__ == "__main__":
    sys.exit(main())
