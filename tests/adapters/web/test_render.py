"""From replies to JSON."""

from datetime import UTC, datetime

import pytest

from adapters.web.render import error_json, http_status, reply_json
from bot.core import errors, refusals
from bot.core.image import StoredImage
from bot.core.model import Action
from bot.core.origin import User
from bot.core.replies import (
    Button,
    Code,
    Entry,
    Line,
    Link,
    Person,
    Picture,
    Reply,
    Shown,
    Span,
    Strong,
    Timestamp,
    UserText,
)

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ("plain", {"kind": "text", "text": "plain"}),
        (UserText("<b>"), {"kind": "user", "text": "<b>"}),
        (Code("/imagine"), {"kind": "code", "text": "/imagine"}),
        (Strong("3 of 4"), {"kind": "strong", "text": "3 of 4"}),
        (Person(User(id="web:1", name="Ada")), {"kind": "person", "text": "Ada"}),
        (
            Timestamp(NOON, Shown.RELATIVE),
            {"kind": "moment", "text": "2026-01-02 12:00 UTC", "at": "2026-01-02T12:00:00+00:00", "shown": "relative"},
        ),
        (Link("here", "https://example.org/"), {"kind": "link", "text": "here", "url": "https://example.org/"}),
    ],
)
def test_each_span_keeps_its_kind(span: Span, expected: dict[str, str]) -> None:
    assert reply_json(Reply(lines=((span,),)))["lines"] == [[expected]]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", ""])
def test_a_link_that_a_browser_would_run_is_text(url: str) -> None:
    assert reply_json(Reply(lines=((Link("here", url),),)))["lines"] == [[{"kind": "text", "text": "here"}]]


def test_the_plain_text_has_all_lines() -> None:
    lines: tuple[Line, ...] = (("a ", UserText("boat")), (Strong("done"),))
    assert reply_json(Reply(lines=lines))["text"] == "a boat\ndone"


def test_pictures_keep_their_order_size_and_alt_text() -> None:
    stored = StoredImage(key="job/0.png", media_type="image/png", width=30, height=20, size=5)
    pictures = tuple(Picture(job="job", index=index, image=stored, alt=f"boat {index}") for index in range(2))
    images = reply_json(Reply(lines=(), entries=(Entry(lines=(), pictures=pictures),)))["entries"][0]["images"]
    assert [image["alt"] for image in images] == ["boat 0", "boat 1"]
    assert images[1] == {
        "url": "/api/jobs/job/images/1",
        "download": "/api/jobs/job/images/1?download=1",
        "alt": "boat 1",
        "width": 30,
        "height": 20,
    }


def test_buttons_keep_what_they_do() -> None:
    button = Button(action=Action.AGAIN, argument="job", label="Again")
    assert reply_json(Reply(lines=(), buttons=(button,)))["buttons"] == [
        {"action": "again", "argument": "job", "label": "Again", "spoken": ""}
    ]


def test_a_refusal_is_one_sentence_and_its_spans() -> None:
    assert error_json(("No ", Code("x"), ".")) == {
        "error": "No x.",
        "lines": [[{"kind": "text", "text": "No "}, {"kind": "code", "text": "x"}, {"kind": "text", "text": "."}]],
    }


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (refusals.EmptyPrompt(), 400),
        (refusals.NotYours(), 403),
        (refusals.JobNotFound(), 404),
        (refusals.TooLate(), 409),
        (refusals.TooManyOpen(3), 429),
        (refusals.BacklogFull(), 429),
        (refusals.Busy(), 503),
        (refusals.ShuttingDown(), 503),
        (refusals.GatewayDown(), 503),
        (errors.StorageError(), 503),
        (errors.BotError(), 500),
        (None, 500),
    ],
)
def test_each_refusal_has_its_code(error: errors.BotError | None, status: int) -> None:
    assert http_status(error) == status
