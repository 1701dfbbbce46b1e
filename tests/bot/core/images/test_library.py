"""The library: what it gives out is what was stored, to the byte, or nothing."""

import asyncio
import io
import resource
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest
from PIL import Image

from bot.core.errors import ImageGone, StorageError
from bot.core.image import ImageLimits, StoredImage
from bot.core.images.at_hand import AtHand
from bot.core.images.library import ImageLibrary
from bot.core.replies import Picture
from storage.images import ObjectImageStore
from tests.fakes.cometapi import png

JOB = "0661315a4213cb1d8eb7a7c062"
DRAWN = png(1, (64, 64))
SMALLER = ImageLimits(media_types=frozenset({"image/jpeg"}))
Damage = Callable[[bytes], bytes]
DAMAGES: dict[str, Damage] = {
    "emptied": lambda _: b"",
    "cut": lambda data: data[:-1],
    "longer": lambda data: data + b"\0",
    "zeroed by a power failure": lambda data: bytes(len(data)),
    "its end zeroed": lambda data: data[:-100] + bytes(100),
    "another image": lambda data: png(2, (64, 64)).ljust(len(data), b"\0")[: len(data)],
}
UNNOTICED_WITHOUT_A_HASH = {"another image"}


def picture(image: StoredImage) -> Picture:
    return Picture(job=JOB, index=0, image=image, alt="a boat")


@pytest.mark.parametrize("hashed", [True, False], ids=["hashed", "of a release before"])
@pytest.mark.parametrize("limits", [ImageLimits(), SMALLER], ids=["as it is", "re-encoded"])
@pytest.mark.parametrize("damage", DAMAGES)
async def test_an_image_that_is_not_whole_is_gone(
    tmp_path: Path, damage: str, limits: ImageLimits, hashed: bool
) -> None:
    library = ImageLibrary(ObjectImageStore.open(str(tmp_path / "images")))
    image = await library.keep(JOB, 0, DRAWN, model="")
    if not hashed:
        image = replace(image, sha256="")
    assert (await library.file(picture(image), limits)).data
    (tmp_path / "images" / image.key).write_bytes(DAMAGES[damage](DRAWN))
    if hashed or damage not in UNNOTICED_WITHOUT_A_HASH:
        with pytest.raises(ImageGone, match=image.key):
            await library.file(picture(image), limits)


def test_too_little_memory_is_no_fault_of_the_image(tmp_path: Path) -> None:
    """In a new process: in this one it could use memory that other tests have freed."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        process.submit(with_little_memory, tmp_path).result()


def with_little_memory(folder: Path) -> None:
    asyncio.run(keep_and_show(folder))


async def keep_and_show(folder: Path) -> None:
    library = ImageLibrary(ObjectImageStore.open(str(folder / "images")))
    large = drawn((6000, 6000))
    # A thread takes memory for its stack when it starts: all start now.
    await asyncio.gather(*(library.keep("other", number, DRAWN, model="") for number in range(20)))
    with little_memory():
        image = await library.keep(JOB, 0, large, model="")  # its pixels aren't decoded
        with pytest.raises(StorageError, match="enough memory"):
            await library.keep(JOB, 1, large + b"more", model="")  # its first picture is
        assert (await library.keep(JOB, 1, DRAWN, model="")).width == 64
    with little_memory(), pytest.raises(StorageError, match="enough memory"):
        await library.file(picture(image), SMALLER)
    with little_memory():
        assert (await library.file(picture(image), ImageLimits())).data == large


def drawn(size: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size).save(file, "PNG", compress_level=1)
    return file.getvalue()


@contextmanager
def little_memory() -> Iterator[None]:
    """Let this process have 40 MB more than it has."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 40_000_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


async def test_what_is_given_out_is_what_was_drawn(tmp_path: Path) -> None:
    library = ImageLibrary(ObjectImageStore.open(str(tmp_path / "images")))
    image = await library.keep(JOB, 0, DRAWN, model="")
    assert (await library.file(picture(image), ImageLimits())).data == DRAWN


async def test_what_was_just_stored_is_shown_without_the_store_and_only_once(tmp_path: Path) -> None:
    library = ImageLibrary(ObjectImageStore.open(str(tmp_path / "images")))
    image = await library.keep(JOB, 0, DRAWN, model="")
    (tmp_path / "images" / image.key).unlink()
    assert (await library.file(picture(image), ImageLimits())).data == DRAWN
    with pytest.raises(ImageGone):
        await library.file(picture(image), ImageLimits())


async def test_what_nobody_fetches_is_kept_at_hand_for_a_moment_only(tmp_path: Path) -> None:
    library = ImageLibrary(ObjectImageStore.open(str(tmp_path / "images")), fetched_within=0)
    image = await library.keep(JOB, 0, DRAWN, model="")
    (tmp_path / "images" / image.key).unlink()
    library.let_go(JOB)
    await asyncio.sleep(0.01)
    with pytest.raises(ImageGone):
        await library.file(picture(image), ImageLimits())


async def test_what_is_deleted_is_not_shown_by_the_process_that_drew_it(tmp_path: Path) -> None:
    library = ImageLibrary(ObjectImageStore.open(str(tmp_path / "images")))
    image = await library.keep(JOB, 0, DRAWN, model="")
    await library.delete(JOB)
    with pytest.raises(ImageGone):
        await library.file(picture(image), ImageLimits())


def test_the_oldest_are_dropped_so_that_memory_is_bounded() -> None:
    at_hand = AtHand(most_bytes=10)
    for number in range(4):
        at_hand.put(f"{number}/0.png", bytes(4))
    assert [at_hand.take(f"{number}/0.png") for number in range(4)] == [None, None, bytes(4), bytes(4)]
    at_hand.put("larger than all", bytes(11))
    assert at_hand.take("larger than all") is None
