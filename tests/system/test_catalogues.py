"""A message that no language can have, and a catalogue that lacks a message or fills one wrongly, fail `make check`."""

from pathlib import Path

import pytest

from tests.support.catalogues import main, opened, problems, template, text, update
from tests.support.messages import Written, find

IMPORTS = "from bot.core.message import counted, marked, message\n"
SOURCE = """
GREETINGS = {
    # Seen by no one.
    # Translators: at the start of a day,
    # and only then.
    "morning": marked("Good morning"),
}
message("{person}: {prompt}", person=person, prompt=prompt)
texts.say("Nothing was charged.")
texts.say_counted("{n} image", "{n} images", many)
texts.raw("{seconds} left")
texts.label(GREETINGS[time])
texts.text(error.said)
"""
RIGHT = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Good morning"
msgstr "Bonan matenon"

msgid "{person}: {prompt}"
msgstr "{prompt} ({person})"

msgid "Nothing was charged."
msgstr "Nenio estis kalkulita."

msgid "{n} image"
msgid_plural "{n} images"
msgstr[0] "unu bildo"
msgstr[1] "{n} bildoj"

msgid "{seconds} left"
msgstr "restas {seconds}"
"""


def tree(folder: Path, source: str) -> Path:
    (folder / "bot" / "core").mkdir(parents=True, exist_ok=True)
    (folder / "bot" / "core" / "sentences.py").write_text(IMPORTS + source, "utf-8")
    return folder


@pytest.fixture
def written(tmp_path: Path) -> list[Written]:
    found, wrong = find(tree(tmp_path, SOURCE))
    assert not wrong
    return found


def test_every_message_is_found_with_its_place_and_the_words_for_its_translators(written: list[Written]) -> None:
    assert {each.forms for each in written} == {
        ("Good morning",),
        ("{person}: {prompt}",),
        ("Nothing was charged.",),
        ("{n} image", "{n} images"),
        ("{seconds} left",),
    }
    (greeting,) = (each for each in written if each.english == "Good morning")
    assert (greeting.file, greeting.line) == ("bot/core/sentences.py", 7)
    assert greeting.comments == ("at the start of a day, and only then.",)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ('message("{person} asks")', '"{person} asks": {person} gets no value'),
        ('message("Somebody asks", person=ada)', "there is no {person} for the value person"),
        ('texts.say_counted("{n} of {all}", "{n} of {all}", n)', "{all} gets no value"),
        ('texts.label("Size {}", size=size)', "there can only be a name, not {}"),
        ('texts.label("Size {0}")', "there can only be a name, not {0}"),
        ('marked("{n:,} images")', "there can only be a name, not {n:,}"),
        ('texts.raw("{n!r} images")', "there can only be a name, not {n!r}"),
        ('message("{person asks", person=ada)', "expected '}'"),
        ('message(f"{person} asks")', "is not put together"),
        ('texts.say("Nothing " + what)', "is not put together"),
        ('texts.label("Size %s" % size)', "is not put together"),
        ('texts.label("Size {}".format(size))', "is not put together"),
        ("texts.say(sentence)", "write the message here"),
        ("marked(sentence)", "write the message here"),
        ('texts.label("Older" if older else "Newer")', "write the message here"),
        ('counted("{n} image", many, n)', "write the message here"),
        ('counted("{n} image", "", n)', "each form of a plural, needs words"),
        ('message("{person} asks", **values)', "not as **values"),
        ('message("{n} image")\ncounted("{n} image", "{n} images", n)', "has the same text with another plural"),
    ],
)
def test_a_message_that_no_language_can_have_is_refused(tmp_path: Path, source: str, sentence: str) -> None:
    wrong = [str(each) for each in find(tree(tmp_path, source))[1]]
    assert any(sentence in each for each in wrong), wrong
    assert all(each.startswith("bot/core/sentences.py:") for each in wrong)


def test_other_things_with_the_same_names_are_no_messages(tmp_path: Path) -> None:
    imports = "from adapters.slack.render import message\nfrom sqlalchemy import func\n"
    (tmp_path / "storage").mkdir()
    (tmp_path / "storage" / "queue.py").write_text(f'{imports}message(reply)\nfunc.count().label("n")\n')
    assert find(tmp_path) == ([], [])


@pytest.mark.parametrize(
    ("good", "bad", "sentence"),
    [
        ("Nenio estis kalkulita.", "", '13: "Nothing was charged.": not translated'),
        ("Nenio estis kalkulita.", "Nenio. ", "begins or ends with other spaces"),
        ('msgid "Good morning"\nmsgstr "Bonan matenon"', "", '"Good morning": missing'),
        ('msgid "Good morning"', 'msgid "Good evening"', '"Good evening": nothing says this any more'),
        ('msgid "Good morning"', '#, fuzzy\nmsgid "Good morning"', "fuzzy"),
        ('\nmsgid "{seconds}', '\n#~ msgid "Hello"\n#~ msgstr "Saluton"\n\nmsgid "{seconds}', '"Hello": nothing says'),
        ("({person})", "(iu)", "the translation lacks {person}"),
        ("({person})", "({persono})", "nothing fills {persono}"),
        ("({person})", "({person)", "expected '}'"),
        ('msgstr[1] "{n} bildoj"', "", "form 1: not translated"),
        ('msgstr[1] "{n} bildoj"', 'msgstr[1] "{m} bildoj"', "form 1: nothing fills {m}"),
        ('msgstr[1] "{n} bildoj"', 'msgstr[1] "{n} bildoj"\nmsgstr[2] "x"', "more translations than num_plurals"),
        ('msgid_plural "{n} images"', 'msgid_plural "{n} pictures"', "its plural is another"),
        ('msgid "Good morning"', "msgid Good morning", "Good morning"),
    ],
)
def test_a_catalogue_that_is_not_right_is_refused(
    tmp_path: Path, written: list[Written], good: str, bad: str, sentence: str
) -> None:
    assert RIGHT.count(good) == 1
    (tmp_path / "eo.po").write_text(RIGHT, "utf-8")
    assert not list(problems(tmp_path / "eo.po", written))
    (tmp_path / "eo.po").write_text(RIGHT.replace(good, bad), "utf-8")
    wrong = [str(each) for each in problems(tmp_path / "eo.po", written)]
    assert any(sentence in each for each in wrong), wrong
    assert all(each.startswith(f"{tmp_path}/eo.po:") for each in wrong)


def test_a_catalogue_of_no_language_is_refused(tmp_path: Path, written: list[Written]) -> None:
    (tmp_path / "xx.po").write_text(RIGHT, "utf-8")
    assert "xx" in str(next(problems(tmp_path / "xx.po", written)))


def test_a_template_has_every_message_where_it_is_written(written: list[Written]) -> None:
    lines = text(template(written))
    assert '#. at the start of a day, and only then.\n#: bot/core/sentences.py:7\nmsgid "Good morning"' in lines
    assert 'msgid_plural "{n} images"' in lines


def test_an_update_makes_a_catalogue_and_later_adds_drops_and_keeps(tmp_path: Path, written: list[Written]) -> None:
    file = tmp_path / "pl.po"
    update(file, written)
    made = opened(file)
    assert made.num_plurals == 3
    assert not made.fuzzy
    assert [each.what for each in problems(file, written)].count("not translated") == 4

    file.write_text(
        file.read_text("utf-8").replace('"Good morning"\nmsgstr ""', '"Good morning"\nmsgstr "Dzień dobry"')
    )
    update(file, [*written[1:], Written(file="bot/x.py", line=1, english="You may go.")])
    later = opened(file)
    assert {"You may go."} <= {each.id for each in later}
    assert written[0].english not in {each.id for each in later}
    assert not later.obsolete


def test_the_check_of_the_project_says_in_a_line_what_is_wrong_with_a_folder_and_finds_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "xx.po").touch()
    assert main([str(tmp_path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f'{tmp_path}/xx.po:1: "xx.po": ')
