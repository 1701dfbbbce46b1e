"""The image store: a folder, and a bucket."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import StorageError
from storage.images import ObjectImageStore

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
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


async def test_what_is_put_twice_is_the_later(store: ObjectImageStore) -> None:
    for data in (b"first and longer", b"second"):
        await store.put("job/0.png", data)
    assert await store.get("job/0.png") == b"second"


async def test_a_missing_image_is_a_key_error(store: ObjectImageStore) -> None:
    with pytest.raises(KeyError, match="nothing"):
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


async def test_what_was_stored_before_a_moment_is_deleted(store: ObjectImageStore, folder: Path) -> None:
    for key in ("old/0.png", "old/1.png", "new/0.png"):
        await store.put(key, b"image")
    for name in ("0.png", "1.png"):
        os.utime(folder / "old" / name, (LONG_AGO.timestamp(),) * 2)
    assert await store.delete_before(LONG_AGO + timedelta(days=1)) == 2
    assert await store.get("new/0.png") == b"image"
    with pytest.raises(KeyError):
        await store.get("old/0.png")
    assert not (folder / "old").exists()


async def test_a_thousand_old_images_are_deleted(store: ObjectImageStore) -> None:
    await asyncio.gather(*(store.put(f"job-{number}/0.png", b"image") for number in range(1200)))
    assert await store.delete_before(datetime.now(UTC) + timedelta(minutes=1)) == 1200
    assert await store.delete_before(datetime.now(UTC) + timedelta(minutes=1)) == 0


async def test_a_check_leaves_nothing_behind(store: ObjectImageStore, folder: Path) -> None:
    await store.check()
    assert _files(folder) == []


async def test_a_key_can_not_leave_the_folder(store: ObjectImageStore, folder: Path) -> None:
    (folder.parent / "secret").write_bytes(b"secret")
    with pytest.raises((StorageError, KeyError)):
        await store.get("../secret")
    with pytest.raises(StorageError):
        await store.put("../elsewhere", b"image")


async def test_a_read_only_folder_is_a_storage_error() -> None:
    with _read_only_folder() as folder:
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
def _read_only_folder() -> Iterator[Path]:
    """Make a folder and become somebody who may only read it: to root every folder is open."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        root = os.geteuid() == 0
        if root:
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o755)
