"""The command line speaks the language of the terminal. Logs, and words for scripts, stay English."""

import asyncio
import json
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.cli.language import terminal_locale
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.web_browser import browser
from tests.support.process import BotProcess, environment
from tests.support.trouble import no_room
from tests.support.zygote import fork

GERMAN: Mapping[str, str] = {
    "No platform is set up.": "Keine Plattform ist eingerichtet.",
    "No platform is set up. Set one of these, in the environment or in .env:": "Noch ist nichts eingerichtet:",
    "  {platform}: {settings}": "  für {platform}: {settings}",
    "web playground": "die Spielwiese",
    "platform settings": "Plattformen",
    "Set one of these: {settings}": "Setze eines davon: {settings}",
    "database": "Datenbank",
    "There is nothing at {place} yet: the next start makes it.": "Noch ist keine da; {place} entsteht beim Start.",
    "Write a whole number.": "Schreibe eine ganze Zahl.",
    "Write an address such as {example}": "Schreibe eine Adresse wie {example}",
    "DATABASE_URL must begin with sqlite:/// or postgresql://.": "DATABASE_URL muss anders beginnen.",
    "The image store {place} can't store an image: {error}. {advice}": "Kein Bild geht nach {place}: {error}. {advice}",
    "imagine-bot is running. {url}/readyz says whether it is connected.": "imagine-bot läuft. Siehe {url}/readyz",
    "Run the bot on every platform that is set up.": "Starte den Bot zu 100 % überall, wo er eingerichtet ist.",
    "the new file": "die neue Datei, zu 100 % geprüft",
    "Draws what you describe, with the image models of CometAPI": "Zeichnet, was du beschreibst",
    "write a number from 0 to 65535": "schreibe eine Zahl von 0 bis 65535",
}
# To begin without any module, as the command does, takes a process of its own; for all three, one.
EACH_COMMAND = """
import sys
from bot.cli.main import main
for command in ("--help", "run", "doctor"):
    try:
        main([command])
    except SystemExit:
        pass
    about = {"bot.core.language.catalogues": "catalogues", "babel": "babel"}
    print(f"IMPORTED {command}:", *(word for name, word in about.items() if name in sys.modules))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder to start in, with one further language in it."""
    entries = ((json.dumps(each, ensure_ascii=False) for each in pair) for pair in GERMAN.items())
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
    languages = tmp_path / "languages"
    languages.mkdir()
    written = "\n".join((head, *(f"msgid {english}\nmsgstr {german}\n" for english, german in entries)))
    (languages / "de.po").write_text(written, "utf-8")
    return tmp_path


async def said(folder: Path, *arguments: str, **settings: object) -> tuple[int, str]:
    """Run a command to its end, and return the exit status and all that it said."""
    process = await fork(arguments, folder, environment({"language_folder": "languages", **settings}))
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode() + err.decode()


async def test_with_nothing_set_it_says_what_to_set(folder: Path) -> None:
    status, words = await said(folder, "run", lang="de_DE.UTF-8")
    assert status == 2
    assert words.startswith("Noch ist nichts eingerichtet:\n  für Discord: DISCORD_TOKEN\n")
    assert "  für die Spielwiese: PLAYGROUND=1\n" in words


async def test_the_doctor_speaks_it_except_for_words_that_scripts_look_for(folder: Path) -> None:
    status, words = await said(folder, "doctor", lang="de_DE.UTF-8")
    assert status == 1
    assert "FAIL  Plattformen: Keine Plattform ist eingerichtet.\n      → Setze eines davon: DISCORD_TOKEN, " in words
    assert f"ok    Datenbank: Noch ist keine da; {folder}/data/imagine.db entsteht beim Start.\n" in words


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"http_port": "many"}, "HTTP_PORT: Schreibe eine ganze Zahl."),
        ({"slack_api_url": "slack.com"}, "SLACK_API_URL: Schreibe eine Adresse wie https://slack.com/api/"),
        (
            {"database_url": "mysql://u:secret@h/d", "playground": 1, "cometapi_key": "sk-1", "http_port": 0},
            "DATABASE_URL muss anders beginnen.",
        ),
    ],
)
async def test_a_wrong_setting_is_one_line_in_it(folder: Path, settings: dict[str, object], line: str) -> None:
    status, words = await said(folder, "run", lang="de_DE.UTF-8", **settings)
    assert status in {1, 2}
    assert words == f"{line}\n"


async def test_a_wrong_argument_and_the_help_are_in_it(folder: Path) -> None:
    status, words = await said(folder, "sandbox", "--port", "70000", lang="de")
    assert status == 2
    assert words.endswith("argument --port: schreibe eine Zahl von 0 bis 65535\n")
    for command, help_ in ((), "Starte den Bot zu 100 % überall"), (("backup",), "die neue Datei, zu 100 % geprüft"):
        status, words = await said(folder, *command, "--help", lang="de")
        assert status == 0
        assert help_ in " ".join(words.split())


async def test_slacks_manifest_is_english_unless_a_language_is_named(folder: Path) -> None:
    described = "  description: Zeichnet, was du beschreibst\n"
    for named, found in ((), False), (("--language", "de"), True), (("--language=de-AT",), True):
        status, words = await said(folder, "slack-manifest", *named, lang="de_DE.UTF-8")
        assert (status, described in words) == (0, found)
    status, words = await said(folder, "slack-manifest", "--language", "xx")
    assert status == 2
    assert words.startswith("--language can be en, ")
    assert words.endswith("; there is no xx.\n")


async def test_the_log_stays_english(folder: Path, gateway: FakeCometAPI) -> None:
    german = {"lang": "de_DE.UTF-8", "language_folder": "languages"}
    given = {"playground": 1, "cometapi_key": "sk-1", "cometapi_base_url": gateway.base_url}
    process = BotProcess(folder, {**german, **given})
    try:
        await process.start()
        with no_room(folder / "data" / "images"):
            async with asyncio.timeout(60), browser(process.page) as session:
                async with session.post("/api/commands", json={"text": "/imagine a paper boat"}) as answer:
                    assert answer.status == 202
                while "can't store an image: Not a directory. Something else has that name" not in process.log():
                    await asyncio.sleep(0.05)
        assert await process.stop() == 0
        assert "Kein Bild" not in process.log()
    finally:
        process.kill()


@pytest.mark.parametrize(
    ("variables", "locale"),
    [
        ({"LANG": "de_DE.UTF-8"}, "de_DE"),
        ({"LANG": "de_AT@euro"}, "de_AT"),
        ({"LANG": "fr_FR.UTF-8", "LC_MESSAGES": "de"}, "de"),
        ({"LANG": "de", "LC_MESSAGES": "fr", "LC_ALL": "pt_BR.UTF-8"}, "pt_BR"),
        ({"LANG": "de", "LC_ALL": ""}, "de"),
        ({}, ""),
    ],
)
def test_the_variables_count_in_gettexts_order(variables: dict[str, str], locale: str) -> None:
    assert terminal_locale(variables) == locale


@pytest.mark.parametrize("locale", ["", "C", "C.UTF-8", "POSIX", "en_GB.UTF-8", "xx"])
async def test_without_a_catalogue_it_is_english(folder: Path, locale: str) -> None:
    status, words = await said(folder, "run", lang=locale)
    assert status == 2
    assert words.startswith("No platform is set up. Set one of these")


async def test_english_imports_no_babel(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", EACH_COMMAND, cwd=tmp_path, env=environment({"lang": "en_US.UTF-8"}), stdout=PIPE
    )
    said = (await process.communicate())[0].decode()
    imported = re.findall(r"^IMPORTED (.+)$", said, re.MULTILINE)
    assert imported == ["--help: catalogues", "run: catalogues", "doctor: catalogues"], said


async def test_a_terminal_without_the_letters_shows_the_rest(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "doctor",
        cwd=tmp_path, env=environment({"pythonioencoding": "ascii"}), stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert "? Set COMETAPI_KEY to a key" in out.decode("ascii")
    assert err == b""
