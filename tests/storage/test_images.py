"""The image store: a folder, and a bucket."""

import asyncio
import errno
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.errors import ImageGone, StorageError
from storage.images import ObjectImageStore

ROOT = Path(__file__).parents[2]
ENDS = """
import asyncio, atexit, sys
from storage.images import ObjectImageStore

store = ObjectImageStore.open(sys.argv[1])
put = lambda key: asyncio.run(store.put(key, b"image"))
put("first/0.png")
atexit.register(put, "last/0.png")
"""
OLD, NEW = "06400000000000aaaaaaaaaaaa", "06600000000000bbbbbbbbbbbb"
NOBODY = 65534


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "images"


@pytest.fixture
def store(folder: Path) -> ObjectImageStore:
    return ObjectImageStore.open(str(folder))


async def test_what_was_put_is_got(store: ObjectImageStore) -> None:
    await store.put("job/0.png", b"\x89PNG")
    await store.put("job/1.png", b"")
    assert (await store.get("job/0.png"), await store.get("job/1.png")) == (b"\x89PNG", b"")


def test_an_image_is_written_whole_while_the_process_ends(folder: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", ENDS, str(folder)], cwd=ROOT, capture_output=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, b"")
    written = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert written == ["first/0.png", "last/0.png"]


async def test_what_is_put_twice_is_the_later(store: ObjectImageStore) -> None:
    for data in (b"first and longer", b"second"):
        await store.put("job/0.png", data)
    assert await store.get("job/0.png") == b"second"


async def test_a_missing_image_is_said_to_be_gone(store: ObjectImageStore) -> None:
    with pytest.raises(ImageGone, match="nothing"):
        await store.get("job/nothing.png")


async def test_a_reader_never_sees_half_an_image(store: ObjectImageStore) -> None:
    size = 4 * 1024 * 1024
    await store.put("job/0.png", b"0" * size)

    async def write() -> None:
        for digit in (b"1", b"2", b"3"):
            await store.put("job/0.png", digit * size)

    writing = asyncio.create_task(write())
    seen = set()
    while not writing.done():
        data = await store.get("job/0.png")
        assert len(data) == size
        assert len(set(data)) == 1
        seen.add(data[:1])
    await writing
    assert seen


async def test_the_images_of_a_job_are_deleted(store: ObjectImageStore, folder: Path) -> None:
    for key in (f"{OLD}/0.png", f"{OLD}/11.jpg", f"{NEW}/0.png"):
        await store.put(key, b"image")
    assert await store.jobs() == [OLD, NEW]
    assert await store.delete(OLD) == 2
    assert await store.get(f"{NEW}/0.png") == b"image"
    with pytest.raises(ImageGone):
        await store.get(f"{OLD}/0.png")
    assert not (folder / OLD).exists()
    assert await store.delete(OLD) == 0
    assert await store.jobs() == [NEW]


async def test_what_was_never_written_to_its_end_is_swept_once_it_is_a_day_old(
    store: ObjectImageStore, folder: Path
) -> None:
    await store.put(f"{OLD}/0.png", b"image")
    left = [folder / OLD / "0.png#1", folder / OLD / "3.webp#d00f", folder / NEW / "1.jpg#2"]
    others = [folder / OLD / "notes.txt#1", folder / "0.png#1", folder / OLD / "0.png#", folder / OLD / "0.png#xyz"]
    for path in (*left, *others):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    now = datetime.now(UTC)
    assert await store.sweep(now - timedelta(days=1)) == 0
    assert await store.sweep(now + timedelta(minutes=1)) == len(left)
    assert [path for path in left if path.exists()] == []
    assert not (folder / NEW).exists()
    assert all(path.exists() for path in (*others, folder / OLD / "0.png"))


@pytest.mark.parametrize("job_id", [OLD, NEW])
async def test_of_two_processes_that_delete_at_once_none_fails(folder: Path, job_id: str) -> None:
    one, other = (ObjectImageStore.open(str(folder)) for _ in range(2))
    for number in range(200):
        await one.put(f"{job_id}/{number}.png", b"image")
    (folder / job_id / "0.png#1").touch()
    later = datetime.now(UTC) + timedelta(minutes=1)
    await asyncio.gather(one.sweep(later), other.sweep(later), one.delete(job_id), other.delete(job_id))
    assert not (folder / job_id).exists()


async def test_each_step_of_a_put_is_on_the_disk_before_the_next(
    store: ObjectImageStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, os.replace

    def noted_sync(descriptor: int) -> None:
        opened = Path(f"/proc/self/fd/{descriptor}").readlink().relative_to(folder.resolve())
        steps.append("flush " + str(opened).partition("#")[0])
        sync(descriptor)

    def noted_replace(source: Path, target: Path) -> None:
        steps.append(f"rename to {os.path.relpath(target, folder)}")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(os, "replace", noted_replace)
    await store.put(f"{OLD}/0.png", b"image")
    assert "flush ." in steps
    steps.remove("flush .")  # at any time, once the folder is made
    assert steps == [f"flush {OLD}/0.png", f"rename to {OLD}/0.png", f"flush {OLD}"]


async def test_a_folder_whose_list_did_not_come_to_the_disk_comes_there_with_the_next_image(
    store: ObjectImageStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync, asked = os.fsync, list[str]()

    def list_fails_once(descriptor: int) -> None:
        asked.append(os.path.relpath(Path(f"/proc/self/fd/{descriptor}").readlink(), folder.resolve()))
        if asked.count(".") == 1 and asked[-1] == ".":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", list_fails_once)
    with pytest.raises(StorageError):
        await store.put(f"{OLD}/0.png", b"image")
    await store.put(f"{OLD}/0.png", b"image")
    assert asked.count(".") == 2


async def test_a_folder_that_another_process_finds_empty_and_deletes_is_made_again(
    store: ObjectImageStore, folder: Path
) -> None:
    ended = threading.Event()

    def other() -> None:
        while not ended.wait(random.uniform(0, 0.002)):
            with suppress(OSError):
                (folder / ".probe").rmdir()

    deleting = asyncio.create_task(asyncio.to_thread(other))
    try:
        for _ in range(200):
            await store.check()
    finally:
        ended.set()
        await deleting
    assert _files(folder) == []


async def test_a_put_that_is_cut_off_leaves_nothing(folder: Path) -> None:
    store = ObjectImageStore.open(str(folder))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))  # a disk quota for one process
    try:
        with pytest.raises(StorageError, match="File too large"):
            await store.put(f"{OLD}/0.png", bytes(200_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert _files(folder) == []
    await store.put(f"{OLD}/0.png", bytes(200_000))
    assert len(await store.get(f"{OLD}/0.png")) == 200_000


async def test_images_are_for_the_bots_user_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        store = ObjectImageStore.open(str(tmp_path / "new" / "data" / "images"))
        await store.put(f"{OLD}/0.png", b"image")
    finally:
        os.umask(before)
    made = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "new", *(tmp_path / "new").rglob("*"))}
    assert made == {"new": 0o700, "data": 0o700, "images": 0o700, OLD: 0o700, "0.png": 0o600}


async def test_a_thousand_jobs_are_named(store: ObjectImageStore) -> None:
    ids = [f"{number:026x}" for number in range(1200)]
    await asyncio.gather(*(store.put(f"{job_id}/0.png", b"image") for job_id in ids))
    assert await store.jobs() == ids


async def test_what_somebody_else_put_there_is_neither_named_nor_deleted(store: ObjectImageStore, folder: Path) -> None:
    await store.put(f"{OLD}/0.png", b"image")
    foreign = [
        *(folder / name for name in ("thesis.doc", "imagine.db", "0" * 26, f"{OLD}x/0.png", f"{NEW.upper()}/0.png")),
        *(folder / OLD / name for name in ("notes.txt", "0.png.bak", "cover.png", "copy/0.png", "00.png.png")),
    ]
    for path in foreign:
        path.parent.mkdir(exist_ok=True)
        path.write_text("somebody's")
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "0.png").touch()
    (folder / NEW).symlink_to(elsewhere)
    (folder / "up").symlink_to(folder.parent)  # a circle, which must not be followed
    (folder / OLD / "1.png").symlink_to(elsewhere / "0.png")
    (folder / "locked").mkdir(mode=0)
    assert await store.jobs() == [OLD]
    assert await store.delete(OLD) == 1
    assert all(path.exists() for path in (*foreign, elsewhere / "0.png", folder / NEW, folder / OLD / "1.png"))


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (lambda folder: _become_file(folder), "can't store an image: Not a directory. Something else has that name"),
        (
            lambda folder: folder.chmod(0o500),
            "can't store an image: Permission denied. Give the bot's user permission to write there.",
        ),
    ],
)
async def test_trouble_is_said_with_the_place_the_cause_and_what_to_do(
    trouble: Callable[[Path], None], sentence: str
) -> None:
    with _folder_as_nobody() as folder:
        store = ObjectImageStore.open(str(folder))
        trouble(folder)
        with pytest.raises(StorageError, match=re.escape(f"The image store {folder} {sentence}")):
            await store.put("job/0.png", b"image")


async def test_a_check_leaves_nothing_behind(store: ObjectImageStore, folder: Path) -> None:
    await store.check()
    assert _files(folder) == []


async def test_a_key_can_not_leave_the_folder(store: ObjectImageStore, folder: Path) -> None:
    (folder.parent / "secret").write_bytes(b"secret")
    with pytest.raises((StorageError, ImageGone)):
        await store.get("../secret")
    with pytest.raises(StorageError):
        await store.put("../elsewhere", b"image")


async def test_a_read_only_folder_is_a_storage_error() -> None:
    with _folder_as_nobody() as folder:
        folder.chmod(0o500)
        store = ObjectImageStore.open(str(folder))
        with pytest.raises(StorageError):
            await store.put("job/0.png", b"image")
        with pytest.raises(StorageError):
            await store.check()


async def test_a_folder_that_became_a_file_is_a_storage_error(store: ObjectImageStore, folder: Path) -> None:
    _become_file(folder)
    with pytest.raises(StorageError):
        await store.put("job/0.png", b"image")


@pytest.mark.parametrize("place", ["/dev/null/images", "s3://", "s3://bucket name/x"])
def test_a_place_that_can_not_be_opened_is_a_storage_error(place: str) -> None:
    with pytest.raises(StorageError):
        ObjectImageStore.open(place)


async def test_a_bucket_that_is_away_is_a_storage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SECRET_ACCESS_KEY": "hush",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    store = ObjectImageStore.open("s3://bucket/prefix")
    with pytest.raises(StorageError):
        await store.put("job/0.png", b"image")
    with pytest.raises(StorageError):
        await store.get("job/0.png")


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _become_file(folder: Path) -> None:
    folder.rmdir()
    folder.touch()


@contextmanager
def _folder_as_nobody() -> Iterator[Path]:
    """Make a folder as a user for whom closed folders are closed: root can open every folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "images"
        Path(name).chmod(0o777)
        root = os.geteuid() == 0
        if root:
            os.seteuid(NOBODY)
        try:
            folder.mkdir()
            yield folder
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o700)
