"""Replies as Discord shows them: nothing that a person wrote formats, mentions or links."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord import render
from bot.core.image import StoredImage
from bot.core.model import Action
from bot.core.origin import User
from bot.core.replies import Button, Code, Entry, Form, Link, Person, Picture, Reply, Shown, Strong, Timestamp, UserText
from tests.fakes.discord_driver import displayed


def shown(*spans: object) -> str:
    return render.text(Reply(lines=(spans,)))  # type: ignore[arg-type]


def pictures(job: str, count: int) -> tuple[Picture, ...]:
    image = StoredImage(key=job, media_type="image/png", width=1, height=1, size=1)
    return tuple(Picture(job=job, index=index, image=image, alt=f"{job} {index}") for index in range(count))


@pytest.mark.parametrize(
    "typed",
    [
        "**bold** __under__ ~~gone~~ ||spoiler|| `code` ```block```",
        "<@123456789012345678> <@&1> <#1> <:smile:1> <t:0:R> </imagine:1>",
        "[click](https://evil.example)",
        "https://evil.example/a_b_c",
        "discord.gg/abcdef",
        "# header",
        "-# small",
        "- list",
        "1. list",
        "> quote",
        ">>> quote",
        "back\\slash\\*",
        "line\n# header\n- list",
    ],
)
def test_words_of_a_person_are_shown_as_typed_and_mean_nothing(typed: str) -> None:
    raw = shown(UserText(typed))
    assert displayed(raw) == " ".join(typed.split())
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_~|`<>\[\]()@]", raw)
    assert not re.match(r"[#\-+>]|\d+\.\s", raw)
    assert not re.search(r"\w://", raw)
    assert not re.search(r"\w\.\w+/", raw)


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_words_survive_being_escaped(typed: str) -> None:
    raw = render.escape(typed)
    assert displayed(raw).replace("\u200b", "") == " ".join(typed.split()).replace("\u200b", "")


def test_a_channel_has_no_name_if_an_earlier_release_did_not_learn_it() -> None:
    assert "hidden" not in shown("then", " · ", UserText("#___hidden___"), " · ", "shown")
    assert displayed(shown(UserText("a ___hidden___ boat"))) == "a ___hidden___ boat"


def test_nobody_is_called_by_everyone() -> None:
    assert "@everyone" not in shown(UserText("@everyone and @HERE"))
    assert "@HERE" not in shown(UserText("@everyone and @HERE"))


def test_the_bots_own_words_keep_their_spaces_and_are_escaped_too() -> None:
    assert shown(Code("a"), " · b_c ", Code("d")) == r"`a` · b\_c `d`"


def test_typed_spans_are_shown_natively() -> None:
    at = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
    assert shown(Timestamp(at), " ", Timestamp(at, Shown.RELATIVE)) == "<t:1773480413:f> <t:1773480413:R>"
    assert shown(Person(User(id="discord:42", name="ada"))) == "<@42>"
    assert shown(Link("posted here", "https://discord.com/channels/1/2/3")) == (
        "[posted here](<https://discord.com/channels/1/2/3>)"
    )
    assert shown(Strong("3 of 4")) == "**3 of 4**"
    assert shown(Code("a `tick`")) == "`` a `tick` ``"
    assert shown(Code("a`` **b** ```c")) == "`` a`\u200b` **b** `\u200b`\u200b`c ``"


def test_a_long_text_is_shortened_where_people_wrote() -> None:
    entries = tuple(Entry(lines=((UserText("*" * 900),), ("fact ", Code(str(number))))) for number in range(4))
    content = render.text(Reply(lines=(("Your images",),), entries=entries))
    assert len(content) <= 2000
    assert all(f"`{number}`" in content for number in range(4))
    assert "…" in content


def test_a_long_text_of_the_bots_own_is_cut_at_a_line() -> None:
    content = render.text(Reply(lines=tuple((f"line {number} " + "x" * 90,) for number in range(40))))
    assert len(content) <= 2000
    assert content.endswith("\n…")


def test_signs_outside_the_basic_plane_count_twice() -> None:
    content = render.text(Reply(lines=((UserText("🎈" * 1500),),)))
    assert len(content.encode("utf-16-le")) <= 4000


def test_entries_share_the_room_for_pictures_by_turns() -> None:
    entries = tuple(Entry(lines=(("x",),), pictures=pictures(job, 8)) for job in ("a", "b"))
    chosen = render.pictures(Reply(lines=(), entries=entries))
    assert [(picture.job, picture.index) for picture in chosen] == [(job, index) for job in "ab" for index in range(5)]


async def test_each_entry_has_a_row_of_buttons_with_its_number() -> None:
    entry = Entry(lines=(("x",),), buttons=(Button(action=Action.AGAIN, argument="j", label="Again"),))
    older = Button(action=Action.PAGE, argument="c", label="Older")
    other = Entry(lines=(("y",),), buttons=(Button(action=Action.AGAIN, argument="k", label="Again"),))
    view = render.view(Reply(lines=(), entries=(entry, other), buttons=(older,)))
    assert view is not None
    rows = view.to_components()
    assert [[button["label"] for button in row["components"]] for row in rows] == [
        ["1 · Again"],
        ["2 · Again"],
        ["Older"],
    ]
    assert rows[0]["components"][0]["custom_id"] == "again:j"


async def test_many_buttons_fill_the_rows_that_there_are() -> None:
    entries = tuple(
        Entry(lines=(("x",),), buttons=(Button(action=Action.AGAIN, argument=str(number), label="Again"),))
        for number in range(9)
    )
    view = render.view(Reply(lines=(), entries=entries))
    assert view is not None
    assert [len(row["components"]) for row in view.to_components()] == [5, 4]


async def test_no_form_takes_less_than_what_it_begins_with() -> None:
    form = Form(title="t" * 60, label="l" * 60, submit="go", prompt="p" * 5000, job="j", max_length=9000)
    described = render.modal(form).to_dict()
    field = described["components"][0]["component"]
    assert len(field["value"]) == field["max_length"] == 4000
    assert len(described["title"]) == 45


@pytest.mark.parametrize("text", ["😀" * 5000, "x" + "😀" * 5000, "漢字" * 5000])
def test_every_text_is_as_short_as_discord_counts_and_cut_between_characters(text: str) -> None:
    form = Form(title=text, label=text, submit="go", prompt=text, job="j", max_length=4000)
    shown = render.modal(form).to_dict()
    label = shown["components"][0]
    view = render.view(Reply(lines=(), buttons=(Button(action=Action.AGAIN, argument="j", label=text),)))
    assert view is not None
    ((button,),) = (row["components"] for row in view.to_components())
    given = {
        45: [shown["title"], label["label"]],
        80: [button["label"]],
        4000: [label["component"]["value"]],
        7: [render.beginning(text, 7)],
    }
    for most, texts in given.items():
        for each in texts:
            assert most - 1 <= render.length(each) <= most
            assert text.startswith(each)


@pytest.mark.parametrize("words", ["a boat " * 400, "\U0001f600" * 4000, "*" * 4000, "船" * 2000])
def test_the_small_last_line_is_kept_also_if_the_rest_is_long(words: str) -> None:
    foot = (Code("dall-e-3"), " · 1024x1024 · 21 s · ", Code("#1A2B3C4D"))
    lines = tuple((UserText(words), f" {number}") for number in range(120))
    content = render.text(Reply(lines=lines, foot=foot))
    assert content.splitlines()[-1] == "-# `dall-e-3` · 1024x1024 · 21 s · `#1A2B3C4D`"
    assert render.length(content) <= render.MAX_CONTENT
