"""Bodies are read within bounds: of one, of its time, and of all at once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.core.body import Bodies, NotRead, Unread


async def chunks(*given: bytes, more: asyncio.Event | None = None) -> AsyncIterator[bytes]:
    """Give these, and then, if there is `more`, wait for it."""
    for each in given:
        yield each
        await asyncio.sleep(0)
    if more:
        await more.wait()


async def why(reading: "asyncio.Task[bytes]") -> Unread:
    with pytest.raises(NotRead) as refused:
        await reading
    return refused.value.why


async def test_a_body_of_the_most_bytes_is_read() -> None:
    assert await Bodies(4).read(chunks(b"ab", b"cd"), 4) == b"abcd"
    assert await Bodies(4).read(chunks(b"ab", b"cd"), None) == b"abcd"
    assert await Bodies(4).read(chunks(), None) == b""


async def test_a_body_that_says_that_it_is_larger_is_not_begun() -> None:
    given = chunks(b"x")
    with pytest.raises(NotRead, match="too_large"):
        await Bodies(4).read(given, 5)
    assert await anext(given) == b"x"


async def test_a_body_that_is_larger_is_given_up() -> None:
    with pytest.raises(NotRead, match="too_large"):
        await Bodies(4).read(chunks(b"abc", b"de"), None)


async def test_a_body_that_does_not_end_is_given_up() -> None:
    with pytest.raises(NotRead, match="too_slow"):
        await Bodies(4, seconds=0.01).read(chunks(b"abc", more=asyncio.Event()), 4)


async def test_where_there_is_no_room_the_oldest_that_is_not_whole_is_given_up() -> None:
    bodies, more = Bodies(4, in_all=10), asyncio.Event()
    reading = []
    for _ in range(4):
        reading.append(asyncio.create_task(bodies.read(chunks(b"abc", more=more), 4)))
        await asyncio.sleep(0.01)
    assert await why(reading[0]) is Unread.NO_ROOM
    assert await bodies.read(chunks(b"x"), 1) == b"x"
    more.set()
    assert await asyncio.gather(*reading[1:]) == [b"abc"] * 3


@pytest.mark.parametrize("more", [None, asyncio.Event()])
async def test_a_body_that_alone_has_no_room_is_given_up(more: asyncio.Event | None) -> None:
    bodies = Bodies(4, in_all=2)
    with pytest.raises(NotRead, match="no_room"):
        await bodies.read(chunks(b"abc", b"d", more=more), 4)
    assert await bodies.read(chunks(b"ab"), 2) == b"ab"


async def test_what_was_read_or_given_up_takes_no_room() -> None:
    bodies = Bodies(4, seconds=0.3, in_all=4)
    for _ in range(3):
        assert await bodies.read(chunks(b"abcd"), 4) == b"abcd"
        with pytest.raises(NotRead, match="too_slow"):
            await bodies.read(chunks(b"abcd", more=asyncio.Event()), 4)
        with pytest.raises(NotRead, match="too_large"):
            await bodies.read(chunks(b"abcd", b"e"), 4)
