"""Who may draw, and who may see, reuse and stop which job."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.core.access import Access
from bot.core.image import ImageRequest
from bot.core.model import Job, Status
from bot.core.origin import Address, Conversation, Facts, Origin, User
from bot.core.refusals import Busy, Forbidden
from bot.core.rules import permissions
from tests.support.builders import new_image

PEOPLE = st.sampled_from(["test:ada", "test:grace"])
PLACES = st.sampled_from(["test:harbour", "test:garden", "test:ada"])


def origin(user: str, place: str, *, admin: bool = False, moderator: bool = False) -> Origin:
    return Origin(
        user=User(id=user, name="Somebody"),
        conversation=Conversation(id=place),
        address=Address(platform="test"),
        locale="en",
        key="event",
        facts=Facts(admin=admin, moderator=moderator),
    )


def job(asked: Origin) -> Job:
    return Job(
        id="0" * 26,
        origin=asked,
        request=ImageRequest(model="dall-e-3", prompt="a paper boat"),
        status=Status.GENERATING,
        created_at=datetime(2026, 3, 14, tzinfo=UTC),
        not_before=datetime(2026, 3, 14, tzinfo=UTC),
    )


ACCESS = st.builds(Access, elsewhere=st.booleans(), outsiders=st.booleans(), guests=st.booleans())
KNOWN_OR_NOT = st.sampled_from([True, False, None])


@given(ACCESS)
def test_members_draw_at_home_with_any_settings(access: Access) -> None:
    assert permissions.barred(Facts(), access) is None


@given(st.booleans(), KNOWN_OR_NOT, KNOWN_OR_NOT)
def test_where_everybody_may_draw_only_the_platforms_own_permissions_count(
    at_home: bool, outsider: bool | None, guest: bool | None
) -> None:
    facts = Facts(at_home=at_home, outsider=outsider, guest=guest)
    assert permissions.barred(facts, Access()) is None
    assert isinstance(permissions.barred(replace(facts, forbidden=True), Access()), Forbidden)


@given(ACCESS, st.booleans(), KNOWN_OR_NOT, KNOWN_OR_NOT)
def test_nobody_draws_who_may_not(access: Access, at_home: bool, outsider: bool | None, guest: bool | None) -> None:
    refusal = permissions.barred(Facts(at_home=at_home, outsider=outsider, guest=guest), access)
    allowed = (
        (access.elsewhere or at_home) and (access.outsiders or outsider is False) and (access.guests or guest is False)
    )
    assert (refusal is None) == allowed


def test_what_is_not_known_is_no_permission_but_no_verdict_either() -> None:
    assert isinstance(permissions.barred(Facts(outsider=None), Access(outsiders=False)), Busy)
    assert isinstance(permissions.barred(Facts(guest=None), Access(guests=False)), Busy)


ORIGINS = st.builds(origin, PEOPLE, PLACES, admin=st.booleans(), moderator=st.booleans())


@given(ORIGINS, ORIGINS)
def test_the_asker_may_do_everything_from_anywhere(asked: Origin, by: Origin) -> None:
    own = job(asked)
    same = replace(by, user=asked.user)
    assert permissions.may_see(own, same.user)
    assert permissions.may_reuse(own, same)
    assert permissions.may_stop(own, same)


@given(ORIGINS, ORIGINS)
def test_others_may_see_nothing_and_end_nothing_unless_they_look_after_the_place(asked: Origin, by: Origin) -> None:
    theirs = job(asked)
    if asked.user.id == by.user.id:
        return
    assert not permissions.may_see(theirs, by.user)
    administers = (by.facts.admin or by.facts.moderator) and by.conversation.id == asked.conversation.id
    assert permissions.may_stop(theirs, by) == administers


@given(ORIGINS, st.booleans())
def test_that_the_asker_administers_the_place_gives_others_no_right(asked: Origin, admin: bool) -> None:
    theirs = job(replace(asked, facts=Facts(admin=admin)))
    assert not permissions.may_stop(theirs, origin("test:eve", asked.conversation.id))


@given(ORIGINS, ORIGINS)
def test_others_reuse_a_job_only_where_it_was_asked_for(asked: Origin, by: Origin) -> None:
    if asked.user.id == by.user.id:
        return
    assert permissions.may_reuse(job(asked), by) == (asked.conversation.id == by.conversation.id)


def test_a_channel_that_workspaces_share_is_one_place() -> None:
    here, there = origin("test:ada", "test:T1:C1"), origin("test:grace", "test:T2:C1")
    assert not permissions.may_reuse(job(here), there)
    shared = [replace(each, conversation=replace(each.conversation, channel="test:C1")) for each in (here, there)]
    assert permissions.may_reuse(job(shared[0]), shared[1])


@given(st.sampled_from(Status), st.integers(0, 2))
def test_only_images_of_a_job_that_nobody_stopped_are_shared(status: Status, images: int) -> None:
    drawn = replace(job(origin("test:ada", "test:garden")), status=status, images=(new_image("job"),) * images)
    assert permissions.is_shareable(drawn) == (images > 0 and status in {Status.DELIVERING, Status.DELIVERED})
