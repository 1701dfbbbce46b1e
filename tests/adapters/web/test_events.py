"""Which visitors are told of which jobs."""

from contextlib import ExitStack

from adapters.web.address import WebAddress
from adapters.web.events import Changes
from adapters.web.messenger import WebMessenger
from bot.core.bounds import STREAMS
from bot.core.replies import Reply


async def test_only_the_person_is_told_and_a_change_told_twice_is_one() -> None:
    changes = Changes()
    with changes.open(), changes.listen("ada") as ada, changes.listen("grace") as grace:
        for job in ("one", "two", "one"):
            changes.tell("ada", job)
        assert await ada.changed(5) == ("one", "two")
        assert await ada.changed(0.01) == ()
        assert await grace.changed(0.01) == ()


async def test_every_open_page_of_a_person_is_told() -> None:
    changes = Changes()
    with changes.open(), changes.listen("ada") as first, changes.listen("ada") as second:
        changes.tell("ada", "one")
        assert await first.changed(5) == await second.changed(5) == ("one",)


async def test_the_oldest_of_many_pages_makes_room_for_a_new_one() -> None:
    changes = Changes()
    with changes.open(), ExitStack() as stack:
        pages = [stack.enter_context(changes.listen("ada")) for _ in range(STREAMS + 1)]
        grace = stack.enter_context(changes.listen("grace"))
        changes.tell("ada", "one")
        assert await pages[0].changed(5) is None
        assert pages[0].replaced
        for page in pages[1:]:
            assert await page.changed(5) == ("one",)
        assert not grace.replaced


async def test_listeners_are_sent_home_at_the_end_and_before_the_start() -> None:
    changes = Changes()
    with changes.listen("ada") as early:
        assert await early.changed(5) is None
    with changes.listen("ada") as late:
        with changes.open():
            pass
        assert await late.changed(5) is None


async def test_it_can_be_opened_again() -> None:
    changes = Changes()
    with changes.open():
        pass
    with changes.open(), changes.listen("ada") as ada:
        changes.tell("ada", "one")
        assert await ada.changed(5) == ("one",)


async def test_a_reply_whose_job_is_not_known_yet_is_still_a_change() -> None:
    changes = Changes()
    with changes.open(), changes.listen("ada") as ada:
        await WebMessenger(changes).show(WebAddress(person="ada").envelope, Reply(lines=()))
        assert await ada.changed(5) == ("",)


async def test_pages_are_told_of_what_is_deleted_and_of_what_is_ready() -> None:
    changes, address = Changes(), WebAddress(person="ada", job="one").envelope
    with changes.open(), changes.listen("ada") as ada:
        await WebMessenger(changes).delete(address)
        assert await ada.changed(5) == ("one",)
        await WebMessenger(changes).notify(address, Reply(lines=()))
        assert await ada.changed(5) == ("one",)
