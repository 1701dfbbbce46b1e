"""Replies become Block Kit that Slack takes, and that nothing in a user's words can change."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.parse import escaped
from adapters.slack.render import cut, fallback, message
from bot.core.image import StoredImage
from bot.core.model import Action
from bot.core.origin import User
from bot.core.replies import Button, Code, Entry, Link, Person, Picture, Reply, Shown, Strong, Timestamp, UserText
from tests.fakes.slack_blocks import message_errors
from tests.fakes.slack_world import World

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ADA = User(id="slack:T1:U1", name="ada")


def _elements(reply: Reply) -> list[dict[str, object]]:
    section = message(reply, now=NOW)["blocks"][0]["elements"][0]
    return list(section["elements"])


@pytest.mark.parametrize(
    "words", ["<!channel>", "<@U123>", "*bold*", "<https://evil.example|x>", "`code`", "@here &amp;"]
)
def test_a_users_words_stay_words(words: str) -> None:
    reply = Reply(lines=((Person(ADA), ": ", UserText(words)),))
    assert _elements(reply)[-1] == {"type": "text", "text": words}
    assert not set("<>") & set(fallback(reply))


def test_a_person_is_shown_by_name_and_not_mentioned() -> None:
    kinds = {element["type"] for element in _elements(Reply(lines=((Person(ADA), " asked"),)))}
    assert kinds == {"text"}


def test_code_emphasis_and_links_are_native() -> None:
    line = (Code("/imagine"), Strong("3 of 5"), Link("posted here", "https://work.slack.com/archives/C1/p1"))
    code, strong, link = _elements(Reply(lines=(line,)))
    assert code["style"] == {"code": True}
    assert strong["style"] == {"bold": True}
    assert link == {"type": "link", "url": "https://work.slack.com/archives/C1/p1", "text": "posted here"}


def test_a_link_that_is_no_web_address_is_text() -> None:
    assert _elements(Reply(lines=((Link("here", "javascript:alert(1)"),),))) == [{"type": "text", "text": "here"}]


@pytest.mark.parametrize(
    ("moment", "shown", "pattern"),
    [
        (NOW - timedelta(minutes=3), Shown.RELATIVE, "{ago}"),
        (NOW + timedelta(hours=5), Shown.RELATIVE, "{date_short_pretty} {time}"),
        (NOW, Shown.DATE_TIME, "{date_short_pretty} {time}"),
    ],
)
def test_times_are_shown_in_the_readers_zone(moment: datetime, shown: Shown, pattern: str) -> None:
    (element,) = _elements(Reply(lines=((Timestamp(moment, shown),),)))
    assert element["format"] == pattern
    assert element["timestamp"] == int(moment.timestamp())
    assert "UTC" in str(element["fallback"])


def test_buttons_of_one_kind_have_ids_of_their_own() -> None:
    buttons = tuple(Button(action=Action.PAGE, argument=cursor, label=cursor) for cursor in ("newer", "older"))
    (actions,) = (block for block in message(Reply(lines=(("x",),), buttons=buttons), now=NOW)["blocks"][1:])
    assert len({element["action_id"] for element in actions["elements"]}) == 2
    assert [element["value"] for element in actions["elements"]] == ["newer", "older"]


def test_pictures_are_left_out_where_there_are_no_files() -> None:
    image = StoredImage(key="k", media_type="image/png", width=1, height=1, size=1)
    reply = Reply(lines=(("x",),), pictures=(Picture(job="j", index=0, image=image, alt="a boat"),))
    assert [block["type"] for block in message(reply, now=NOW)["blocks"]] == ["rich_text"]
    (_, shown) = message(reply, now=NOW, files={("j", 0): "F123456789"})["blocks"]
    assert shown == {"type": "image", "slack_file": {"id": "F123456789"}, "alt_text": "a boat"}


def test_a_long_list_keeps_its_last_buttons() -> None:
    again = (Button(action=Action.AGAIN, argument="j", label="Again"),)
    entries = tuple(Entry(lines=((f"entry {number}",),), buttons=again) for number in range(40))
    turning = (Button(action=Action.PAGE, argument="c", label="Older"),)
    built = message(Reply(lines=(("x",),), entries=entries, buttons=turning), now=NOW)["blocks"]
    assert len(built) == 50
    assert built[-1]["elements"][0]["value"] == "c"


@given(st.text(max_size=9000), st.text(max_size=300))
def test_any_text_is_taken_by_slack(words: str, name: str) -> None:
    line = (Person(User(id="slack:T1:U1", name=name)), ": ", UserText(words), Code(words))
    button = Button(action=Action.AGAIN, argument="j", label=words or "Again")
    built = message(Reply(lines=(line,), entries=(Entry(lines=(line,), buttons=(button,)),)), now=NOW)
    assert message_errors(built["blocks"], World()) == []
    assert len(built["text"]) <= 3000


@given(st.text(alphabet="&<>a ", max_size=80), st.integers(min_value=1, max_value=60))
def test_shortened_text_ends_in_no_half_entity(words: str, limit: int) -> None:
    shortened = cut(escaped(words), limit)
    assert len(shortened) <= limit
    rest = shortened.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert "&" not in rest


def test_the_last_line_is_small_plain_and_above_the_buttons() -> None:
    button = Button(action=Action.AGAIN, argument="j", label="Again")
    shown = message(Reply(lines=(("a",),), foot=(Code("dall-e-3"), " · <b> · #1A2B3C4D"), buttons=(button,)), now=NOW)
    *_, foot, buttons = shown["blocks"]
    assert foot == {
        "type": "context",
        "elements": [{"type": "plain_text", "text": "dall-e-3 · <b> · #1A2B3C4D", "emoji": False}],
    }
    assert buttons["type"] == "actions"
    assert message_errors(shown["blocks"], World()) == []
    assert shown["text"].endswith("dall-e-3 · &lt;b&gt; · #1A2B3C4D")
