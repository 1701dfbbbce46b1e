"""What the processes of a run share on a fresh clone: compiled tests, and hypothesis's tables of characters.

Both are kept in files. Processes that did the same things in the same order would each make all of them.
"""

from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from hypothesis import strategies as some

_ROOT = Path(__file__).parents[2]


def prepare(paths: Sequence[str], number: int, count: int) -> None:
    """Import the tests that are below these paths, as process `number` of `count`, each of which begins elsewhere.

    What can't be imported is reported when it is collected.
    """
    if number == 0:
        some.text().validate()
    files = sorted(file for path in paths for file in Path(path).absolute().rglob("test_*.py"))
    first = len(files) * number // count
    for file in files[first:] + files[:first]:
        with suppress(Exception):
            import_module(".".join(file.relative_to(_ROOT).with_suffix("").parts))
