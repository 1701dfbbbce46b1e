"""The commands are described, and their options named, in every language that Discord and the bot both know."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.discord.localized import name_of, names
from bot.core.commands import IMAGINE, offered
from bot.core.commands.command import Surface
from bot.core.language import speak
from bot.core.language.catalogues import offered as languages_of
from tests.adapters.discord import alone
from tests.adapters.discord.alone import connected, until
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_commands import MOST_CHARACTERS, characters, seen
from tests.fakes.discord_faults import Fault

PUT_COMMANDS = "PUT /applications/900000000000000001/commands"
DRAW, PROMPT, WORDS = IMAGINE.description, "Prompt", "What to draw, in your own words"
JAPANESE = {
    DRAW: "言葉を絵にします",
    PROMPT: "説明",
    WORDS: "何を描くか",
    "Quality": "画質",
    "File format": "ファイル形式",
}
GERMAN = {DRAW: "Zeichne, was du beschreibst", PROMPT: "Text", "File format": "Format (der Datei)"}


def write(folder: Path, **languages: Mapping[str, str]) -> Path:
    """Write catalogues with these translations alone."""
    folder.mkdir(exist_ok=True)
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
    for name, said in languages.items():
        pairs = ((json.dumps(each, ensure_ascii=False) for each in pair) for pair in said.items())
        entries = "\n".join(f"msgid {english}\nmsgstr {translated}\n" for english, translated in pairs)
        (folder / f"{name}.po").write_text(f"{head}\n{entries}", "utf-8")
    return folder


Registered = Callable[[FakeDiscord, Path], Awaitable[Mapping[str, Any]]]


@pytest.fixture
def registered(caplog: pytest.LogCaptureFixture) -> Registered:
    """Connect with these languages, and return what Discord has of the commands once all languages are compared."""
    caplog.set_level(logging.INFO)

    async def connect(discord: FakeDiscord, folder: Path) -> Mapping[str, Any]:
        def compared() -> int:
            return len(alone.said(caplog, "the commands are registered"))

        before = compared()
        with languages_of(folder):
            async with connected(discord):
                await until(lambda: compared() > before)
                return {command["name"]: command for command in discord.world.commands}

    return connect


def options_of(command: Mapping[str, Any]) -> Mapping[str, Any]:
    return {option["name"]: option for option in command["options"]}


async def test_people_read_the_commands_in_their_language_and_type_their_names(
    discord: FakeDiscord, registered: Registered, tmp_path: Path
) -> None:
    commands = await registered(discord, write(tmp_path / "own", ja=JAPANESE, de=GERMAN))
    assert {name: seen(command, "ja")[0] for name, command in commands.items()} == {name: name for name in commands}
    assert seen(commands["imagine"], "ja") == ("imagine", "言葉を絵にします")
    assert seen(commands["imagine"], "de") == ("imagine", "Zeichne, was du beschreibst")
    assert seen(commands["imagine"], "fr") == seen(commands["imagine"], "en-GB") == ("imagine", DRAW)
    options = options_of(commands["imagine"])
    assert seen(options["prompt"], "ja") == ("説明", "何を描くか")
    assert [seen(options[name], "ja")[0] for name in ("quality", "output_format")] == ["画質", "ファイル形式"]
    assert seen(options["prompt"], "de") == ("text", WORDS)
    assert seen(options["output_format"], "de")[0] == "format-der-datei"
    assert seen(options["prompt"], "en-US") == ("prompt", WORDS)


async def test_every_command_is_in_japanese_and_fits_also_with_long_words(
    discord: FakeDiscord, registered: Registered, tmp_path: Path
) -> None:
    declared = offered(Surface.CHAT, Surface.OPTIONS)
    options = [option for command in declared for option in command.options]
    described = [*(command.description for command in declared), *(option.description for option in options)]
    said = {english: f"{number:あ>3}".ljust(100, "本") for number, english in enumerate(described)}
    said |= {option.label: f"語{number}".ljust(32, "名") for number, option in enumerate(options)}
    commands = await registered(discord, write(tmp_path / "own", ja=said))
    for command in commands.values():
        assert seen(command, "ja") == (command["name"], said[command["description"]])
        for option in command.get("options", ()):
            assert [words[0] for words in seen(option, "ja")] == ["語", "あ"], option["name"]
            # The names that are sent to the bot stay the same in every language.
            assert option["name"].isascii()
    # Discord refuses more than 8,000; so many languages don't matter, since the longest text counts.
    assert max(map(characters, commands.values())) < MOST_CHARACTERS / 2


def test_each_option_has_a_japanese_name() -> None:
    options = [command.options for command in offered(Surface.CHAT, Surface.OPTIONS)]
    named = [name["ja"] for each in options for name in names(each, {"ja": speak("ja")}).values()]
    assert len(named) == sum(map(len, options))
    assert not [name for name in named if name.isascii()]


async def test_they_are_sent_again_only_when_a_word_has_changed(
    discord: FakeDiscord, registered: Registered, tmp_path: Path
) -> None:
    folder = write(tmp_path / "own", ja=JAPANESE, de=GERMAN)
    for _ in range(2):
        await registered(discord, folder)
    assert discord.rest.requests.count(PUT_COMMANDS) == 1
    changed = await registered(discord, write(folder, ja={**JAPANESE, "Quality": "品質"}))
    assert discord.rest.requests.count(PUT_COMMANDS) == 2
    assert seen(options_of(changed["imagine"])["quality"], "ja")[0] == "品質"


async def test_the_commands_can_be_typed_before_their_words_in_other_languages_are_there(
    discord: FakeDiscord, registered: Registered, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await registered(discord, write(tmp_path / "own", ja=JAPANESE))
    discord.fail(Fault(where="PUT", status=403, code=20012))
    with languages_of(write(tmp_path / "changed", ja={**JAPANESE, "Quality": "品質"})):
        async with connected(discord) as adapter:
            await until(lambda: bool(alone.said(caplog, "changes of the commands are not registered", "20012")))
            assert not adapter.unready
            assert seen(options_of(discord.world.commands[0])["quality"], "ja")[0] == "画質"
    with languages_of(write(tmp_path / "changed", ja={**JAPANESE, "Quality": "品質"})):
        async with connected(discord) as adapter:
            await until(lambda: seen(options_of(discord.world.commands[0])["quality"], "ja")[0] == "品質")
            assert not adapter.unready


async def test_a_word_that_discord_would_not_take_costs_nobody_the_commands(
    discord: FakeDiscord, registered: Registered, tmp_path: Path
) -> None:
    wrong = {
        DRAW: "絵" * 101,
        PROMPT: "絵" * 33,
        "Model": "……",
        "Size": "画質",
        "Quality": "画質",
        "Style": "Model",
        "Images": "Ｉ・枚 数",
    }
    folder = write(tmp_path / "own", ja=wrong, xx=JAPANESE, hi={PROMPT: "शब्द"}, de={DRAW: "🎨" * 60})
    (folder / "fr.po").write_text("msgid broken")
    commands = await registered(discord, folder)
    assert seen(commands["imagine"], "ja")[1] == "絵" * 99 + "…"
    assert seen(commands["imagine"], "de")[1] == "🎨" * 49 + "…"
    options = options_of(commands["imagine"])
    names = {name: seen(option, "ja")[0] for name, option in options.items()}
    kept = {name: name for name in ("prompt", "model", "ar", "quality", "style", "background", "output_format")}
    assert names == {**kept, "size": "画質", "n": "ｉ枚-数"}
    assert seen(options["prompt"], "hi")[0] == "शब्द"
    assert not discord.rest.complaints


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("画質", "画質"),
        ("ファイル形式", "ファイル形式"),
        ("Größe", "größe"),
        ("File format", "file-format"),
        (" Model ", "model"),
        ("l'image", "limage"),
        ("縦・横", "縦横"),
        ("İmage", "i̇mage".replace("\u0307", "")),
        ("…", ""),
        ("x" * 33, ""),
    ],
)
def test_a_label_becomes_a_name_that_discord_takes(label: str, name: str) -> None:
    assert name_of(label) == name
