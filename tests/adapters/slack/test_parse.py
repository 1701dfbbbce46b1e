"""Slack's payloads become events, with the words that people typed."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from adapters.slack.address import SlackAddress
from adapters.slack.commands import SlackCommands
from adapters.slack.interaction import Home, Interaction
from adapters.slack.parse import Named, SlackPerson, button_event, command_event, decode, person, text_of
from bot.core.events import ButtonEvent, CommandEvent
from bot.core.model import Action
from tests.fakes.slack_payloads import button_press, escaped, slash_command
from tests.fakes.slack_world import World


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("a cat &amp; a dog", "a cat & a dog"),
        ("1 &lt; 2 &gt; 0", "1 < 2 > 0"),
        ("&lt;!channel&gt;", "<!channel>"),
        ("&amp;lt;", "&lt;"),
        ("like <@U123|ada> does", "like @ada does"),
        ("like <@U123> does", "like someone does"),
        ("like <@U9> and <@U9|> do", "like @Ada & <Co> and @Ada & <Co> do"),
        ("for <!subteam^S1>", "for someone"),
        ("in <#C123|design>", "in #design"),
        ("in <#C123|> or <#C123>", "in a channel or a channel"),
        ("<!here> and <!subteam^S1|@artists>", "@here and @artists"),
        ("<!date^1392734382^{date}|Feb 18> at dusk", "Feb 18 at dusk"),
        ("<https://example.com>", "https://example.com"),
        ("<http://example.com|example.com>", "example.com"),
        ("<mailto:ada@example.com|ada@example.com>", "ada@example.com"),
        ("*bold* _and_ `code`", "*bold* _and_ `code`"),
        ("a boat <not markup", "a boat <not markup"),
    ],
)
def test_escaped_text_is_read_back_as_typed(sent: str, typed: str) -> None:
    assert decode(sent, Named(people={"U9": "Ada & <Co>"})) == typed


@pytest.mark.parametrize(
    "typed", ["a < b & c > d", "<@U1>", "&amp;", "see https://example.com/a?b=1 by @ada in #design"]
)
def test_what_slack_escapes_comes_back_unchanged(typed: str) -> None:
    assert decode(escaped(typed, World())) == typed


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        ("<@U0BOT> a boat", "a boat"),
        ("<@U0BOT|imagine>: a boat", "a boat"),
        ("<@U0BOT>, a boat", "a boat"),
        ("please <@U0BOT> a boat", "please a boat"),
        ("a boat\n<@U0BOT>", "a boat"),
        ("<@U0BOT> a\n\nboat", "a\n\nboat"),
        ("<@U0BOTTOM> a boat", "<@U0BOTTOM> a boat"),
        ("<@U0BOT> <@U0BOT>", ""),
    ],
)
def test_the_bots_own_mention_is_cut_in_every_place(sent: str, left: str) -> None:
    assert text_of({"event": {"text": sent}}, "U0BOT") == left
    assert text_of({"text": sent, "command": "/imagine"}, "U0BOT") == left


def _command(team: str = "T1", kind: str = "public", name: str = "/imagine") -> dict[str, str]:
    world = World()
    place = world.channel("design" if kind == "public" else kind, kind=kind)
    body = slash_command(name, "a boat", person=world.person("ada"), channel=place, trigger="1.2.3", hook="http://h")
    return {**body, "team_id": team}


def _event(body: Mapping[str, str], commands: SlackCommands | None = None) -> CommandEvent:
    return command_event(body, Interaction.of_command(body), commands or SlackCommands(), "a boat")


def test_the_same_user_id_in_two_workspaces_is_two_people() -> None:
    ours, theirs = (_event(_command(team)) for team in ("T1", "T2"))
    assert ours.origin.user.id != theirs.origin.user.id
    assert ours.origin.conversation.id != theirs.origin.conversation.id
    assert ours.origin.user.id == f"slack:T1:{SlackAddress.of(ours.origin.address).user}"


def test_the_workspace_and_the_channel_have_ids_of_their_own() -> None:
    origin = _event(_command()).origin
    assert origin.community == "slack:T1"
    assert origin.conversation.channel == f"slack:{SlackAddress.of(origin.address).channel}"


@pytest.mark.parametrize(("kind", "name"), [("public", "#design"), ("private", ""), ("im", "")])
def test_a_conversation_is_named_where_slack_names_it(kind: str, name: str) -> None:
    assert _event(_command(kind=kind)).origin.conversation.name == name


def test_renamed_commands_are_understood() -> None:
    commands = SlackCommands({"imagine": "/draw"})
    assert _event(_command(name="/draw"), commands).command == "imagine"
    assert _event(_command(name="/imagine"), SlackCommands({"imagine": "/draw", "quota": "/q"})).command == "imagine"


def test_a_redelivered_command_has_the_same_key_and_keeps_no_token() -> None:
    body = _command()
    first, second = _event(body), _event(body)
    assert first.origin.key == second.origin.key == "slack:1.2.3"
    assert first.origin.address.tokens == {}


def test_a_redelivered_press_has_the_same_key_and_another_press_has_not() -> None:
    world = World()
    ada, channel = world.person("ada"), world.channel("design")
    message = world.post(channel.id, text="x", blocks=[], asked={})
    button = {"type": "button", "action_id": "imagine:again:0", "value": "job"}

    def pressed(trigger: str) -> ButtonEvent:
        payload = button_press(message, button, person=ada, channel=channel, trigger=trigger, hook="http://h")
        return button_event(payload, Interaction.of_interaction(payload))

    assert pressed("1.2.3").origin.key == pressed("1.2.3").origin.key
    assert pressed("1.2.3").origin.key != pressed("1.2.4").origin.key
    assert (pressed("1.2.3").action, pressed("1.2.3").argument) == (Action.AGAIN, "job")


def test_who_asked_and_in_which_language_goes_into_the_event_and_its_address() -> None:
    body = _command()
    interaction = replace(Interaction.of_command(body), user_name="Ada Lovelace", locale="ja-JP")
    origin = command_event(body, interaction, SlackCommands(), "a boat").origin
    assert (origin.user.name, origin.locale, SlackAddress.of(origin.address).locale) == (
        "Ada Lovelace",
        "ja-JP",
        "ja-JP",
    )


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ({"profile": {"display_name": "ada.l", "real_name": "Ada Lovelace"}, "name": "handle"}, "ada.l"),
        ({"profile": {"display_name": "", "real_name": "Ada Lovelace"}, "name": "handle"}, "Ada Lovelace"),
        ({"real_name": "Ada Lovelace", "name": "handle"}, "Ada Lovelace"),
        ({"name": "handle"}, ""),
        ({}, ""),
    ],
)
def test_people_are_called_by_the_name_that_they_gave_themselves(told: Mapping[str, object], name: str) -> None:
    assert person(told) == SlackPerson(name=name, locale="", admin=False, guest=False, home=Home(), stranger=False)


@pytest.mark.parametrize("role", ["is_admin", "is_owner"])
def test_admins_and_owners_are_admins(role: str) -> None:
    said = person({"locale": "ja-JP", role: True})
    assert said == SlackPerson(name="", locale="ja-JP", admin=True, guest=False, home=Home(), stranger=False)


@pytest.mark.parametrize(
    ("home", "outside"),
    [
        (Home(team="T1"), False),
        (Home(team="T9"), True),
        (Home(team="T2", enterprise="E1"), False),
        (Home(team="T9", enterprise="E9"), True),
        (Home(team="T1", place="E1"), False),
        (Home(team="T2", place="E1"), None),  # a colleague, or a person of another company in a shared channel
        (Home(team="T9", place="E9"), True),
        (Home(), None),
    ],
)
def test_ids_say_who_belongs_elsewhere_as_far_as_they_can(home: Home, outside: bool | None) -> None:
    assert home.is_outside("T1", "E1") is outside
