"""Requests that reach the bot on Discord from a client that somebody wrote for an attack."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest

from bot.core.model import Action
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import DiscordDriver, settings
from tests.fakes.discord_world import CHANNEL, EPHEMERAL, Interaction
from tests.fakes.driver import Seen

NOBODYS = "0661315a9999999999zzzzzzzz"
ACKNOWLEDGED = 6
"""Discord's type of an answer that says nothing yet."""
ACTIONS = [action for action in Action if action is not Action.UNCLEAR]


@pytest.fixture(scope="module")
async def people(start_bot: StartBot) -> AsyncIterator[DiscordDriver]:
    async with FakeDiscord() as discord, start_bot(**settings(discord)):
        yield DiscordDriver(discord)


async def sent(people: DiscordDriver, kind: int, data: Mapping[str, Any], *, person: str = "mallory") -> Interaction:
    """Send an interaction of Discord's kind 2, 3 or 5 as it is."""
    world, pressed = people.discord.world, next(iter(people.discord.world.messages), None)
    made = world.interact(kind=kind, person=world.person(person), channel=CHANNEL, data=dict(data), pressed=pressed)
    return await people.discord.send(made)


def button(custom_id: str) -> dict[str, Any]:
    return {"custom_id": custom_id, "component_type": 2, "id": 1}


def form(custom_id: str, prompt: str = "a kite") -> dict[str, Any]:
    field = {"type": 4, "custom_id": "prompt", "value": prompt}
    return {"custom_id": custom_id, "components": [{"type": 18, "id": 1, "component": field}]}


async def told(people: DiscordDriver, interaction: Interaction) -> str:
    """Return what the sender alone is told."""
    answer = await people.discord.answered(interaction)
    if answer["type"] == ACKNOWLEDGED:  # since the ledger took its time: the sentence comes after it
        await people.discord.until(lambda: bool(interaction.followups))
        said = people.discord.world.messages[interaction.followups[-1]]
        assert said.only_for == interaction.user, f"others can see {said}"
        return said.content
    assert answer["data"]["flags"] & EPHEMERAL, f"others can see {answer}"
    return str(answer["data"]["content"])


@pytest.fixture(scope="module")
async def drawn(people: DiscordDriver) -> Seen:
    """Return a message in a channel, with the buttons of a job of ada's."""
    await people.imagine("a harbour at night")
    return await people.wait_for(lambda seen: bool(seen.images))


@pytest.fixture(scope="module")
async def private(people: DiscordDriver) -> str:
    """Return the id of a job that ada asked the bot for directly."""
    discord = people.discord
    channel = discord.world.direct_channel(discord.world.person("ada")).id
    await discord.command("imagine", {"prompt": "an unmistakable secret"}, channel=channel)
    seen = await people.wait_for(lambda seen: bool(seen.images) and seen.private)
    return str(next(each["custom_id"] for each in discord.world.messages[seen.id].buttons())).partition(":")[2]


@pytest.fixture(scope="module")
async def deleted(people: DiscordDriver, gateway: FakeCometAPI, drawn: Seen) -> str:
    """Return the id of a job whose message a moderator deleted, and which only ada has seen since."""
    world = people.discord.world
    gateway.hold()
    await people.imagine("an unmistakable secret in public")
    drawing = await people.wait_for(lambda seen: "Stop" in seen.buttons)
    job = str(world.messages[drawing.id].buttons()[0]["custom_id"]).partition(":")[2]
    world.delete(drawing.id)
    gateway.release()
    await people.wait_for(lambda seen: bool(seen.images) and "Share" in seen.buttons)
    return job


@pytest.mark.parametrize(
    "custom_id",
    [
        *(f"{action}:{NOBODYS}" for action in ACTIONS),
        *(f"{action}:" for action in ("again", "", "form")),
        "again:' OR '1'='1",
        "show:../../imagine.db",
        "page:99999999999999999999999999",
        "cancel:\x00\ud800🛶",
        f"stop:{'x' * 5000}",
        "UNCLEAR:1",
        "__class__:again",
    ],
)
async def test_a_forged_button_draws_and_shows_nothing(
    people: DiscordDriver, gateway: FakeCometAPI, drawn: Seen, custom_id: str
) -> None:
    before = len(gateway.requests)
    said = await told(people, await sent(people, 3, button(custom_id)))
    assert said.endswith(".")
    assert "harbour" not in said
    assert len(gateway.requests) == before


@pytest.mark.parametrize("action", ACTIONS)
async def test_what_somebody_drew_alone_stays_theirs_after_any_press(
    people: DiscordDriver, gateway: FakeCometAPI, private: str, action: Action
) -> None:
    before = len(gateway.requests)
    said = await told(people, await sent(people, 3, button(f"{action}:{private}")))
    assert "secret" not in said
    assert len(gateway.requests) == before


@pytest.mark.parametrize("job", [NOBODYS, "private", "' OR '1'='1", "\x00"])
async def test_a_forged_form_draws_nothing(
    people: DiscordDriver, gateway: FakeCometAPI, private: str, job: str
) -> None:
    before = len(gateway.requests)
    await told(people, await sent(people, 5, form(f"form:{private if job == 'private' else job}")))
    assert len(gateway.requests) == before


@pytest.mark.parametrize("action", ["show", "share", "reshow"])
async def test_a_job_that_everybody_sees_is_still_shown_and_shared_by_its_asker_alone(
    people: DiscordDriver, drawn: Seen, action: str
) -> None:
    job = next(each["custom_id"] for each in people.discord.world.messages[drawn.id].buttons()).partition(":")[2]
    before = len(people.seen())
    await told(people, await sent(people, 3, button(f"{action}:{job}")))
    assert len(people.seen()) == before


def command(name: str, *options: Mapping[str, object]) -> dict[str, Any]:
    return {"id": "1", "name": name, "type": 1, "options": [*options]}


def option(name: str, value: object, kind: int = 3) -> dict[str, object]:
    return {"name": name, "type": kind, "value": value}


@pytest.mark.parametrize(
    "forged",
    [
        option("n", 1000, 4),
        option("n", -1, 4),
        option("n", 1e308, 10),
        option("n", "9" * 5000, 4),
        option("n", True, 5),
        option("size", "99999x99999"),
        option("size", ["1024x1024"]),
        option("model", "../../v1/chat"),
        option("model", {"$ne": ""}),
        option("response_format", "url"),
        option("user", "somebody"),
        option("prompt", "", 3),
        option("prompt", "\u200b\u2060", 3),
        option("prompt", "x" * 100_000, 3),
        {"name": "imagine", "type": 1, "options": [option("prompt", "a boat")]},
    ],
)
async def test_forged_options_are_refused_before_anything_is_spent(
    people: DiscordDriver, gateway: FakeCometAPI, forged: dict[str, object]
) -> None:
    before = len(gateway.requests)
    given = [forged] if forged["name"] == "prompt" else [option("prompt", "a boat"), forged]
    data = {"id": "1", "name": "imagine", "type": 1, "options": given}
    assert await told(people, await sent(people, 2, data))
    assert len(gateway.requests) == before


async def test_a_command_that_is_sent_again_draws_nothing(people: DiscordDriver, gateway: FakeCometAPI) -> None:
    before, data = (
        len(gateway.requests),
        {"id": "1", "name": "imagine", "type": 1, "options": [option("prompt", "a kite")]},
    )
    command = await sent(people, 2, data, person="grace")
    await people.wait_for(lambda seen: bool(seen.images) and "a kite" in seen.text, user="grace")
    for _ in range(3):
        await people.discord.send(command)
    await people.quota(user="grace")
    await people.wait_for(lambda seen: "19 of 20" in seen.text, user="grace")
    assert len(gateway.requests) == before + 1


def shows(job: str) -> Callable[[Seen], bool]:
    return lambda seen: bool(seen.images) and job[-8:].upper() in seen.text


async def test_twenty_strangers_with_the_ids_of_jobs_get_nothing_of_them_by_any_door(
    people: DiscordDriver, gateway: FakeCometAPI, private: str, deleted: str
) -> None:
    world, before = people.discord.world, len(gateway.requests)
    everybody = {message.id for message in world.messages.values() if message.only_for is None}
    doors = [
        *((3, button(f"{action}:{{job}}")) for action in ACTIONS),
        *((5, form(f"{name}:{{job}}")) for name in ("form", "delete", "here")),
        *(
            (2, {"id": "1", "name": "show", "type": 1, "options": [option("image", each)]})
            for each in ("{job}", "{end}")
        ),
        (2, {"id": "1", "name": "history", "type": 1, "options": [option("search", "secret")]}),
    ]
    said = set()
    for number in range(20):
        for kind, data in doors[number % 10 :: 10]:  # two of them come to each
            job = (private, deleted)[number // 10]
            named = json.loads(json.dumps(data).replace("{job}", job).replace("{end}", job[-8:]))
            said.add(await told(people, await sent(people, kind, named, person=f"stranger {number}")))
    assert all("secret" not in each or "None of your images" in each for each in said)
    assert len(gateway.requests) == before
    assert {message.id for message in world.messages.values() if message.only_for is None} == everybody
    for job in (private, deleted):
        await people.show(job)
        await people.wait_for(shows(job))
