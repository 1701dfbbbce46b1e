"""Messages, put into a language whose catalogue is one file in a folder."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.language.catalogues import Catalogues, offered
from bot.core.language.catalogues import catalogues as all_catalogues
from bot.core.language.language import Language
from bot.core.message import Amount, counted, message
from bot.core.origin import User
from bot.core.replies import Code, Person, Timestamp, UserText, plain

ESPERANTO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=3; plural=n == 0 ? 0 : n == 1 ? 1 : 2;\\n"

msgid "{person}: {prompt}"
msgstr "{prompt} ({person})"

msgid "{n} image is done."
msgid_plural "{n} images are done."
msgstr[0] "Nenio."
msgstr[1] "Unu bildo pretas."
msgstr[2] "{n} bildoj pretas."

msgid "Broken {code}."
msgstr "Rompita {kodo}."

msgid "Open {code}."
msgstr "Malfermita {code."
"""
ADA = Person(User(id="test:ada", name="Ada"))


@pytest.fixture
def catalogues(tmp_path: Path) -> Catalogues:
    (tmp_path / "eo.po").write_text(ESPERANTO, "utf-8")
    (tmp_path / "notes.txt").write_text("no language")
    return Catalogues(tmp_path)


def test_a_translation_may_put_its_spans_in_another_order(catalogues: Catalogues) -> None:
    said = message("{person}: {prompt}", person=ADA, prompt=UserText("a *boat*"))
    assert catalogues.speak("en").line(said) == (ADA, ": ", UserText("a *boat*"))
    assert catalogues.speak("eo").line(said) == (UserText("a *boat*"), " (", ADA, ")")


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("en", "1,234 · 20 seconds · $0.0015 · 1,234.50 · 0.032 · 2026-11-07 09:08 UTC"),
        ("ja", "1,234 · 20秒 · $0.0015 · 1,234.50 · 0.032 · 2026/11/07 9:08 UTC"),
        ("de", "1.234 · 20 Sekunden · 0,0015\xa0$ · 1.234,50 · 0,032 · 07.11.2026, 09:08 UTC"),
    ],
)
def test_numbers_times_and_money_are_written_as_the_readers_do(tmp_path: Path, locale: str, written: str) -> None:
    for name in ("ja", "de"):
        (tmp_path / f"{name}.po").touch()
    texts = Catalogues(tmp_path).speak(locale)
    line = texts.say(
        "{n} · {seconds} · {usd} · {balance} · {price} · {when}",
        n=1234,
        seconds=texts.duration(20),
        usd=texts.dollars(0.0015),
        balance=Amount(1234.5),
        price=Amount(0.03199, price=True),
        when=Timestamp(datetime(2026, 11, 7, 9, 8, 59, tzinfo=UTC)),
    )
    assert plain((line,)).replace("\u202f", " ") == written


@pytest.mark.parametrize(
    ("n", "english", "esperanto"),
    [
        (0, "0 images are done.", "Nenio."),
        (1, "1 image is done.", "Unu bildo pretas."),
        (1234, "1,234 images are done.", "1\u202f234 bildoj pretas."),
    ],
)
def test_a_plural_follows_the_rules_of_its_language(
    catalogues: Catalogues, n: int, english: str, esperanto: str
) -> None:
    said = counted("{n} image is done.", "{n} images are done.", n)
    assert catalogues.speak("en").text(said) == english
    assert catalogues.speak("eo").text(said) == esperanto


def test_lines_and_messages_are_filled_in_and_braces_in_values_stay(catalogues: Catalogues) -> None:
    line = catalogues.speak("eo").say(
        "{one}, then {two}", one=(Code("{x}"), "!"), two=message("{n}", n=UserText("{y}"))
    )
    assert plain((line,)) == "{x}!, then {y}"


@pytest.mark.parametrize("english", ["Broken {code}.", "Open {code}."])
def test_a_translation_that_can_not_be_filled_gives_way_to_english(catalogues: Catalogues, english: str) -> None:
    assert catalogues.speak("eo").say(english, code=Code("7")) == (english.split(" ")[0] + " ", Code("7"), ".")


def test_what_is_missing_is_said_in_english(catalogues: Catalogues) -> None:
    assert catalogues.speak("eo").label("Not there.") == "Not there."


@pytest.mark.parametrize(
    ("locale", "found"),
    [
        ("eo", "eo"),
        ("eo-FR", "eo"),
        ("EO_fr.UTF-8", "eo"),
        ("eox", "en"),
        ("de-DE", "en"),
        ("", "en"),
        ("C", "en"),
    ],
)
def test_the_best_language_is_found(catalogues: Catalogues, locale: str, found: str) -> None:
    assert catalogues.speak(locale).locale == found


async def test_it_is_read_when_it_is_first_used(catalogues: Catalogues, tmp_path: Path) -> None:
    assert catalogues.names == ("en", "eo")
    await catalogues.prepare("eo")
    (tmp_path / "eo.po").unlink()
    assert catalogues.speak("eo").locale == "eo"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "5 seconds"),
        (18, "20 seconds"),
        (88, "90 seconds"),
        (110, "2 minutes"),
        (4000, "67 minutes"),
    ],
)
def test_durations_are_rough(catalogues: Catalogues, seconds: float, words: str) -> None:
    assert catalogues.speak("en").duration(seconds) == words


def test_japanese_writes_a_duration_without_a_space() -> None:
    assert [Language(locale="ja").duration(seconds) for seconds in (18, 200)] == ["20秒", "3分"]


def test_a_message_as_a_string_is_english() -> None:
    assert str(message("Set {name}, in {braces}.", name="A", braces="{}")) == "Set A, in {}."
    assert str(counted("{n} job", "{n} jobs", 2)) == "2 jobs"
    assert str(message("50 % of {nothing filled}")) == "50 % of {nothing filled}"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("xx", ESPERANTO),
        ("eo", ESPERANTO.replace("msgid", "sentence", 2)),
        ("eo", ESPERANTO.replace("nplurals=3; plural=", "nplurals=3; plural=often ")),
        ("eo", ESPERANTO.replace("Nenio", "Neni\u00f3").encode("latin-1")),
    ],
)
async def test_a_file_that_can_not_be_read_leaves_english_and_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, content: str | bytes
) -> None:
    (tmp_path / f"{name}.po").write_bytes(content if isinstance(content, bytes) else content.encode())
    broken = Catalogues(tmp_path)
    await broken.prepare(name)
    assert broken.speak(name).locale == "en"
    assert [record.message.split(" can't be read")[0] for record in caplog.records] == [f"{tmp_path}/{name}.po"]


def test_a_folder_is_offered_for_a_while(tmp_path: Path) -> None:
    (tmp_path / "eo.po").write_text(ESPERANTO, "utf-8")
    assert all_catalogues().speak("eo").locale == "en"
    with offered(tmp_path):
        assert all_catalogues().speak("eo").locale == "eo"
    assert all_catalogues().speak("eo").locale == "en"


@pytest.mark.parametrize(
    ("locale", "either", "enumerated"),
    [
        ("en", "a, b, or c", "a, b, c"),
        ("de", "a, b oder c", "a, b, c"),
        ("ja", "a、b、またはc", "a、b、c"),
    ],
)
def test_a_list_is_written_as_its_language_does(locale: str, either: str, enumerated: str) -> None:
    language, names = Language(locale=locale), (Code("a"), Code("b"), Code("c"))
    assert plain((language.either(names),)) == either
    assert plain((language.enumerated(names),)) == enumerated
    assert language.enumerated(()) == ()
    assert language.enumerated(names[:1]) == names[:1]
