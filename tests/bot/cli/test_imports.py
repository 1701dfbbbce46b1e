"""Which modules the commands import: to import all of them takes more than a second on a small machine."""

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from types import MappingProxyType

from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_driver import settings
from tests.fakes.proxy import AUTHORITY, serving
from tests.support.process import ROOT, environment

_COMMANDS = """
import sys
from contextlib import redirect_stdout
from os import devnull
from bot.cli.main import main
for line in {lines}:
    with open(devnull, "w") as nowhere, redirect_stdout(nowhere):
        try:
            main(line.split())
        except SystemExit:
            pass
print(*sys.modules)
"""
_OF_A_BOT = {
    *("PIL", "aiohttp", "aiosqlite", "alembic", "asyncio", "asyncpg", "babel", "cryptography", "discord", "dotenv"),
    *("obstore", "prometheus_client", "slack_bolt", "slack_sdk", "sqlalchemy", "ssl", "stamina", "storage", "uvloop"),
    *("yarl", "bot.cometapi", "bot.core.catalogue.catalogue", "bot.core.jobs", "bot.core.model", "bot.core.replies"),
}
_OF_SETTINGS = {"bot.settings", "email", "importlib.metadata", "pydantic"}
_OF_LATER = {
    *("PIL", "alembic", "aiosqlite", "asyncpg", "babel", "prometheus_client", "yaml"),
    *("bot.sandbox", "sqlalchemy.dialects.postgresql", "storage.migrations"),
    *("bot.core.doctor", "cryptography", "storage.ledger.counted"),
}
_FORMATTED = """
import asyncio, sys
from bot.core.language import prepare, speak
speak("ja")  # as the descriptions of Discord's commands are read
for locale in ("en", "ja"):
    asyncio.run(prepare(locale))
sys.addaudithook(lambda event, given: event == "open" and print(given[0]))
print(speak("ja").number(1234.5))
"""
_CONNECTED = """
import asyncio, sys
from tests.adapters.discord.alone import connected, until
from tests.fakes.discord import FakeDiscord

async def connect():
    async with FakeDiscord() as discord, connected(discord):
        await until(lambda: "cryptography.fernet" in sys.modules)

asyncio.run(connect())
"""


_REACHED = """
import asyncio, os, sys
from bot.cli.certificates import reading_certificates
with reading_certificates():
    pass
import aiohttp
from bot.core.ways_out import DIRECT
from bot.outgoing.connector import Connector
async def reached(connector):
    async with aiohttp.ClientSession(connector=connector) as session:
        try:
            async with session.get("https://127.0.0.1:{port}/"):
                return True
        except aiohttp.ClientConnectorCertificateError:
            return False
async def both():
    print("reached:" + str(await reached(Connector(DIRECT))))
    print("reached_by_aiohttp:" + str(await reached(aiohttp.TCPConnector())))
asyncio.run(both())
print("file:" + os.environ["SSL_CERT_FILE"])
print(*sys.modules)
"""

_READING = """
import os, sys, threading
from contextlib import redirect_stderr, redirect_stdout

def count(frame, event, called):
    if event == "c_call" and called.__name__ in ("load_verify_locations", "set_default_verify_paths"):
        if os.environ.get("SSL_CERT_FILE") != os.devnull:
            print("read:" + threading.current_thread().name.replace(" ", "-"), file=told)

told = sys.stdout
threading.setprofile(count)
sys.setprofile(count)
from bot.cli.main import main
with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
    status = main({line}.split())
print("status:" + str(status))
"""


def imported_by(*lines: str) -> set[str]:
    """Return what a process imports for these commands."""
    return _imported(_COMMANDS.format(lines=lines))


def _imported(code: str, given: Mapping[str, object] = MappingProxyType({})) -> set[str]:
    return set(_said(code, given))


def _said(code: str, given: Mapping[str, object] = MappingProxyType({})) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(given), capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_what_only_helps_or_tells_the_version_imports_no_settings() -> None:
    imported = imported_by("--version", "--help", "doctor --help", "setup --help")
    assert imported & (_OF_A_BOT | _OF_SETTINGS | {"bot.core.commands", "yaml"}) == set()
    assert "bot.cli.main" in imported  # it looks at the right process


def test_what_prints_a_manifest_imports_no_chat_no_database_no_event_loop_and_no_settings() -> None:
    imported = imported_by("slack-manifest")
    assert imported & (_OF_A_BOT | _OF_SETTINGS) == set()
    assert "yaml" in imported


def test_what_serves_imports_nothing_that_it_may_never_need() -> None:
    modules = "bot.cli.serving, adapters.discord.adapter, adapters.slack.adapter, adapters.web.adapter"
    imported = _imported(f"import sys, {modules}\nprint(*sys.modules)")
    assert imported & _OF_LATER == set()
    assert {"discord", "slack_bolt", "sqlalchemy"} <= imported


def test_what_says_a_small_number_imports_nothing_that_groups_digits() -> None:
    said = "speak('en').say('{n} servers, in {seconds}', n=999, seconds=0)"
    imported = _imported(f"import sys\nfrom bot.core.language import speak\n{said}\nprint(*sys.modules)")
    assert "babel" not in imported
    assert "bot.core.language.language" in imported


async def test_what_runs_trusts_the_machines_certificates_which_aiohttp_did_not_read() -> None:
    async def answer(_: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        to.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await to.drain()

    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=serving()) as server:
        port = server.sockets[0].getsockname()[1]
        trusting = {"SSL_CERT_FILE": str(AUTHORITY), "SSL_CERT_DIR": "/nowhere"}
        imported = await asyncio.to_thread(_imported, _REACHED.format(port=port), trusting)
    assert {"reached:True", "reached_by_aiohttp:False", f"file:{AUTHORITY}"} <= imported
    assert not imported & {"sqlalchemy", "discord"}


async def test_commands_that_ask_a_chat_read_the_machines_certificates_once() -> None:
    async with FakeDiscord() as discord:
        read = await asyncio.to_thread(_said, _READING.format(line="'discord-invite'"), settings(discord))
    assert read == ["read:reading-certificates", "status:0"]
    assert _said(_READING.format(line="'setup'")) == ["read:reading-certificates", "status:2"]


def test_a_language_that_was_read_before_is_prepared_whole_so_that_a_number_reads_no_file() -> None:
    assert _imported(_FORMATTED) == {"1,234.5"}


def test_what_encrypts_tokens_is_imported_before_somebody_asks() -> None:
    assert _imported(_CONNECTED) == set()
