"""Of a thousand random trees beside the bot's own images, the clean-up deletes nothing that isn't the bot's and old."""

import os
import random
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from obstore.store import MemoryStore

from bot.core.clock import Ids, SystemClock
from bot.core.image import IMAGE_KEY
from bot.core.images.clean_up import CleanUp
from bot.core.ledger import Ledger
from storage.bucket import Bucket
from storage.images import MARKER, ObjectImageStore

NOW = datetime(2026, 5, 1, tzinfo=UTC)
RETENTION = timedelta(days=30)
AGES = [timedelta(days=days) for days in (-400, 0, 29, 31, 4000)]
"""How long ago a job was made or ended; a clock that was set back makes some lie ahead."""
# How a stranger's names look, from far off to all but the bot's own.
ODD_FOLDERS = ("photos", ".git", "ABCDEF0123456789ABCDEF0123", "0" * 25, "0" * 27, "0" * 25 + "g", ".probe", "a b", "é")
ODD_FILES = (
    "0",
    "0.PNG",
    "00.png.bak",
    "cover.png",
    "-1.png",
    "0.png~",
    "0.jpeg",
    "0.png#",
    "0.png#z",
    "notes",
    ".0.png",
)
OWN_FILES = ("0.png", "1.jpg", "10.webp", "3.gif")


class Clock(SystemClock):
    def now(self) -> datetime:
        return NOW


class Ends:
    """What a ledger says of when jobs ended."""

    def __init__(self, ends: Mapping[str, datetime | None]) -> None:
        self._ends = ends

    async def ends(self, job_ids: Collection[str]) -> Mapping[str, datetime | None]:
        return {job_id: self._ends[job_id] for job_id in job_ids if job_id in self._ends}

    async def deleted(self, job_ids: Collection[str]) -> Collection[str]:
        return ()


class Tree:
    """Random keys. What the clean-up has to keep and to delete is told from how they were made, not by a pattern."""

    def __init__(self, seed: int) -> None:
        dice = random.Random(seed)
        self.ends: dict[str, datetime | None] = {}
        self.old: set[str] = set()
        self.kept: set[str] = {MARKER}
        for _ in range(dice.randint(1, 4)):
            self._job(dice)
        for _ in range(dice.randint(0, 4)):
            folder = dice.choice((*ODD_FOLDERS, "deep/" + dice.choice(ODD_FOLDERS)))
            self.kept.add(f"{folder}/{dice.choice((*ODD_FILES, *OWN_FILES))}")
        self.kept.add(dice.choice(OWN_FILES + ODD_FILES))

    def _job(self, dice: random.Random) -> None:
        made = NOW - dice.choice(AGES)
        job_id = Ids().new(made)
        known = dice.random() < 0.7
        if known:
            self.ends[job_id] = dice.choice((None, NOW - dice.choice(AGES)))
        moment = self.ends[job_id] if known else made
        old = moment is not None and moment < NOW - RETENTION
        for name in dice.sample(OWN_FILES, dice.randint(1, 2)):
            (self.old if old else self.kept).add(f"{job_id}/{name}")
        if dice.random() < 0.5:
            self.kept.add(f"{job_id}/{dice.choice(ODD_FILES)}")
        if dice.random() < 0.2:
            self.kept.add(f"{job_id}/copy/{dice.choice(OWN_FILES)}")

    async def cleaned(self, store: ObjectImageStore) -> None:
        ledger = cast("Ledger", Ends(self.ends))
        await CleanUp(ledger=ledger, images=store, clock=Clock(), retention=RETENTION).round()


def test_the_trees_have_all_that_matters() -> None:
    trees = [Tree(seed) for seed in range(1000)]
    assert sum(len(tree.old) for tree in trees) > 500
    assert sum(1 for tree in trees for key in tree.kept if not IMAGE_KEY.fullmatch(key)) > 2000


async def test_in_a_thousand_trees_of_folders_no_foreign_file_is_lost(tmp_path: Path) -> None:
    for batch in range(0, 1000, 100):  # a hundred beside each other: a store has threads of its own
        tree, root = _grove(range(batch, batch + 100)), tmp_path / str(batch)
        for key in tree.old | tree.kept:
            _touch(f"{root}/{key}")
        await tree.cleaned(ObjectImageStore.open(str(root)))
        assert _files_below(str(root)) == tree.kept, batch


async def test_in_a_thousand_buckets_no_foreign_object_is_lost() -> None:
    for seed in range(1000):
        tree, objects = Tree(seed), MemoryStore()
        for key in tree.old | tree.kept:
            objects.put(key, b"x")
        await tree.cleaned(ObjectImageStore("s3://bucket", Bucket(objects)))
        assert _names(objects.list().collect()) == tree.kept, seed


def _grove(seeds: range) -> Tree:
    """Return the trees of these seeds in one; each job is in one of them alone."""
    first, *others = (Tree(seed) for seed in seeds)
    for other in others:
        first.ends |= other.ends
        first.old |= other.old
        first.kept |= other.kept
    return first


def _touch(path: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120  ten thousand times: pathlib takes as long as the clean-up
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY))


def _files_below(root: str) -> set[str]:
    return {f"{folder}/{name}"[len(root) + 1 :] for folder, _, names in os.walk(root) for name in names}


def _names(entries: Sequence[Any]) -> set[str]:
    return {entry["path"] for entry in entries}
