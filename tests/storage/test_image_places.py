"""Which folders, and which parts of a bucket, the bot takes for its images: it says at start what it won't take."""

from collections.abc import Callable
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from bot.core.clock import SystemClock
from bot.core.errors import StorageError
from storage import open_storage
from storage.bucket import Bucket
from storage.images import MARKER, ObjectImageStore

JOB = "06600000000000bbbbbbbbbbbb"


async def claimed(folder: Path) -> ObjectImageStore:
    store = ObjectImageStore.open(str(folder))
    await store.claim()
    return store


def touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


@pytest.mark.parametrize(
    "names",
    [
        (),
        (f"{JOB}/0.png", f"{JOB}/11.jpg", f"{JOB}/0.webp#1", ".probe/0123456789abcdef"),
        (f"{JOB}/0.png", "lost+found/#17", ".DS_Store"),
        (f"{MARKER}#0a1b",),
        (MARKER, "thesis.doc"),
    ],
)
async def test_a_folder_of_its_own_is_taken_also_if_an_older_release_made_it(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    for name in names:
        touch(tmp_path / name)
    await claimed(tmp_path)
    assert (tmp_path / MARKER).exists()
    touch(tmp_path / "notes.txt")  # what is put there later doesn't matter
    await claimed(tmp_path)


@pytest.mark.parametrize(
    "name",
    ["thesis.doc", "photos/0.png", f"{JOB}/cover.psd", f"{JOB}/0.png/x", f"{JOB.upper()}/0.png", ".git/HEAD", "empty/"],
)
async def test_a_folder_with_anything_else_in_it_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    touch(tmp_path / JOB / "7.png")
    if name.endswith("/"):
        (tmp_path / name).mkdir()
    else:
        touch(tmp_path / name)
    with pytest.raises(StorageError) as refused:
        await claimed(tmp_path)
    assert f"IMAGE_STORE can't be {tmp_path}: it holds {name}, which isn't the bot's." in str(refused.value)
    assert not (tmp_path / MARKER).exists()


async def test_links_are_somebodys(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "0.png").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match=r"it holds 0\.png/"):
        await claimed(tmp_path / "images")


@pytest.mark.parametrize(
    "place",
    [
        lambda data: data,
        lambda data: data.parent,
        lambda data: data / "images" / "..",
        lambda data: _link_to(data),
    ],
)
async def test_the_folder_of_the_database_is_refused_before_anything_is_made(
    tmp_path: Path, place: Callable[[Path], Path]
) -> None:
    data = tmp_path / "data"
    (data / "images").mkdir(parents=True)
    store = place(data)
    with pytest.raises(StorageError, match=r"the database .*imagine\.db is in it\. Set it to a folder of its own"):
        async with open_storage(
            database_url=f"sqlite:///{data}/imagine.db", image_store=str(store), clock=SystemClock()
        ):
            pass
    assert sorted(path.name for path in data.iterdir()) == ["images"]


def _link_to(folder: Path) -> Path:
    link = folder.parent / "link"
    link.symlink_to(folder)
    return link


@pytest.mark.parametrize("place", ["/", "/home/somebody", "/root", "/home/somebody/../somebody", "//"])
def test_the_root_and_homes_are_refused(place: str) -> None:
    with pytest.raises(StorageError, match="that folder isn't for images alone"):
        ObjectImageStore.open(place)


def test_the_bots_own_home_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(StorageError, match="that folder isn't for images alone"):
        ObjectImageStore.open(str(tmp_path))


@pytest.mark.parametrize(
    ("names", "taken"),
    [((), True), ((f"{JOB}/0.png",), True), ((f"{JOB}/0.png", "backups/2024.tar"), False), (("a.png", MARKER), True)],
)
async def test_a_bucket_is_taken_by_the_same_rule(names: tuple[str, ...], taken: bool) -> None:
    objects = MemoryStore()
    for name in names:
        objects.put(name, b"somebody's")
    store = ObjectImageStore("s3://bucket", Bucket(objects))
    if taken:
        await store.claim()
    else:
        with pytest.raises(StorageError, match=r"it holds backups/2024\.tar, which isn't the bot's"):
            await store.claim()
    assert (MARKER in {entry["path"] for entry in objects.list().collect()}) == taken
