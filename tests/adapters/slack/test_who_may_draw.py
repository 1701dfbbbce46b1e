"""Who may draw: the people where the app is installed, under one id each, and others as the operator says."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.driver import Seen
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver, slack_platform, until
from tests.fakes.slack_world import Person

ORG, ELSEWHERE = "E0ORG", "T0OTHERORG"
Chat = Callable[..., AbstractAsyncContextManager[SlackDriver]]
NOT_ONE_OF_US = "Only people of Work can draw here. Nothing was charged."


@pytest.fixture
def on_slack(slack: FakeSlack, start_bot: StartBot) -> Chat:
    return lambda mode="socket", **settings: slack_platform(start_bot, mode=mode, slack=slack, **settings)


def drawn(seen: Seen) -> bool:
    return bool(seen.images)


def says(text: str) -> Callable[[Seen], bool]:
    return lambda seen: text in seen.text


def of_another_company(slack: FakeSlack, name: str) -> None:
    slack.person(name).team = ELSEWHERE


def of_another_organisation(slack: FakeSlack, name: str) -> None:
    slack.person(name).team, slack.person(name).enterprise = ELSEWHERE, "E0OTHER"


@pytest.mark.parametrize("mode", ["socket", "http"])
@pytest.mark.parametrize("become", [of_another_company, of_another_organisation])
async def test_a_stranger_draws_through_no_button_no_form_and_no_command(
    on_slack: Chat, slack: FakeSlack, gateway: FakeCometAPI, mode: str, become: Callable[[FakeSlack, str], None]
) -> None:
    async with on_slack(mode) as chat:
        await chat.imagine("a boat")
        shared = await chat.wait_for(drawn)
        await chat.press(shared, "Edit prompt", user="grace")
        await until(lambda: bool(slack.open_views("grace")))
        become(slack, "grace")
        for label in ("Again", "Edit prompt"):
            await chat.press(shared, label, user="grace")
            assert (await chat.wait_for(says(NOT_ONE_OF_US), user="grace")).private
        form = slack.open_views("grace")[-1]
        await slack.submit(form, {"prompt": "a kite"}, user="grace")
        assert form.view["blocks"][0]["type"] == "alert"
        assert form.view["blocks"][0]["text"]["text"] == NOT_ONE_OF_US
        await chat.imagine("a kite", user="grace")
        await chat.wait_for(says(NOT_ONE_OF_US), user="grace")
    assert len(gateway.requests) == 1


def is_called_a_stranger(person: Person) -> dict[str, object]:
    return {"is_stranger": True}


def belongs_elsewhere(person: Person) -> dict[str, object]:
    return {"team_id": ELSEWHERE}


@pytest.mark.parametrize("said", [is_called_a_stranger, belongs_elsewhere])
async def test_a_stranger_that_only_slack_knows_as_one_draws_nothing_also_after_a_restart(
    on_slack: Chat, slack: FakeSlack, gateway: FakeCometAPI, said: Callable[[Person], dict[str, object]]
) -> None:
    slack.person("grace").also = said(slack.person("grace"))
    for _ in range(2):
        async with on_slack() as chat:
            await chat.imagine("a kite", user="grace")
            await until(lambda: NOT_ONE_OF_US in chat.seen(user="grace")[-1].text)
            await chat.imagine("", user="grace")
            await until(lambda: len(chat.seen(user="grace")) % 2 == 0)
            assert not slack.open_views("grace")
    assert not gateway.requests


async def test_strangers_draw_if_the_operator_says_so(on_slack: Chat, slack: FakeSlack) -> None:
    of_another_company(slack, "grace")
    async with on_slack(slack_outsiders="yes") as chat:
        await chat.imagine("a boat", user="grace")
        await chat.wait_for(drawn, user="grace")


@pytest.mark.parametrize("kind", ["restricted", "ultra_restricted"])
async def test_guests_draw_unless_the_operator_says_no(
    on_slack: Chat, slack: FakeSlack, gateway: FakeCometAPI, kind: str
) -> None:
    slack.person("grace").guest = kind
    async with on_slack() as chat:
        await chat.imagine("a boat", user="grace")
        shared = await chat.wait_for(drawn, user="grace")
    async with on_slack(slack_guests="no") as chat:
        await chat.press(shared, "Again", user="grace")
        await chat.wait_for(says("Guests can't draw here"), user="grace")
        await chat.imagine("a kite")
        await chat.wait_for(lambda seen: drawn(seen) and "a kite" in seen.text)
    assert len(gateway.requests) == 2


async def test_while_slack_does_not_say_who_is_a_guest_ids_decide_about_strangers_alone(
    on_slack: Chat, slack: FakeSlack
) -> None:
    slack.fail("users.info", times=20, status=503)
    async with on_slack() as chat:
        await chat.imagine("a boat")
        await chat.wait_for(drawn)
        of_another_company(slack, "grace")
        await chat.imagine("a kite", user="grace")
        await chat.wait_for(says(NOT_ONE_OF_US), user="grace")
    async with on_slack(slack_guests="no") as chat:
        await chat.imagine("a kite")
        await chat.wait_for(says("I'm busy right now"))


@pytest.fixture
def an_organisation(slack: FakeSlack) -> None:
    """Let ada be in three workspaces of an organisation that has installed the app."""
    slack.world.enterprise = ORG
    for person in slack.world.people.values():
        person.enterprise, person.through_org = ORG, True


@pytest.mark.usefixtures("an_organisation")
async def test_a_person_of_an_organisation_has_one_quota_in_all_its_workspaces_and_stops_their_own_job(
    on_slack: Chat, slack: FakeSlack, gateway: FakeCometAPI
) -> None:
    async with on_slack(quota_images=3) as chat:
        for team in ("T0ONE", "T0TWO"):
            slack.person("ada").team = team
            await chat.imagine(f"a boat in {team}")
            await chat.wait_for(lambda seen, team=team: drawn(seen) and team in seen.text)  # type: ignore[misc]
        slack.person("ada").team = "T0THREE"
        gateway.hold()
        await chat.imagine("a kite")
        await chat.press(await chat.wait_for(lambda seen: "Stop" in seen.buttons), "Stop")
        await chat.wait_for(says("Stopped."))
        await chat.imagine("a tree")
        await chat.wait_for(says("used up (3 of 3)"))


async def test_jobs_under_former_ids_are_the_same_persons(on_slack: Chat, slack: FakeSlack) -> None:
    ada = slack.person("ada")
    async with on_slack(quota_images=3, slack_outsiders="everyone") as chat:
        for ada.team in ("T0ONE", "T0TWO"):
            await chat.imagine(f"a boat in {ada.team}")
            await until(lambda: any(drawn(seen) and ada.team in seen.text for seen in chat.seen()))
    slack.world.enterprise = ada.enterprise = ORG  # the workspaces join an organisation
    async with on_slack(quota_images=3) as chat:
        for ada.team in ("T0TWO", "T0ONE"):
            await chat.quota()
        await chat.wait_for(says("(2 used)"))
        await chat.history()
        assert "a boat in T0TWO" in (await chat.wait_for(says("Your images"))).text
        await chat.imagine("a kite --n 2")
        await chat.wait_for(says("you have 1 of 3 left"))
