"""A machine that is made of a folder, for the commands of an operator.

A command that would change the real machine has a stand-in. It does what later commands need, and writes down that it
was run. The bot's own commands, the shell, PostgreSQL's tools and what copies files are real.
"""

import asyncio
import os
import re
import shutil
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from tests.support.postgres import program
from tests.support.process import ROOT, environment
from tests.support.zygote import fork

_PLACES = ("/opt/", "/etc/", "/var/lib/")
RECORD = 'echo "$(basename "$0") $*" >> "$MACHINE/ran"\n'
STAND_INS: Mapping[str, str] = {
    "adduser": RECORD,
    "chown": RECORD,
    "docker": RECORD,
    "git": RECORD
    + 'case "$1" in\n  remote) echo https://git.example.com/imagine-bot ;;\n'
    + '  clone) mkdir -p "$3"; cp -r "$CHECKOUT/." "$3" ;;\nesac\n',
    # The test's process runs it, which has imported the bot already, and says the status and what it said.
    "imagine-bot": 'exec 3<>"/dev/tcp/127.0.0.1/$BOT"\nprintf "%s\\0" "$PWD" "$@" >&3; printf "\\n" >&3\n'
    'read -r status <&3; cat <&3; exit "$status"\n',
    # Without the owner: that user doesn't exist here.
    "install": 'given=()\nwhile [ $# -gt 0 ]; do case "$1" in -o|-g) shift 2 ;; *) given+=("$1"); shift ;; esac; done\n'
    'exec /usr/bin/install "${given[@]}"\n',
    "journalctl": RECORD + 'test -f "$UNITS/$2.service"\n',
    "make": 'while [ $# -gt 1 ]; do case "$1" in -C) cd "$2"; shift 2 ;; -*) shift ;; *) break ;; esac; done\n'
    + RECORD
    + 'mkdir -p .venv/bin; cp "$MACHINE/bin/imagine-bot" .venv/bin/\n',
    "nginx": RECORD + 'test -f "$MACHINE/etc/nginx/conf.d/imagine-bot.conf"\n',
    "promtool": RECORD + 'test -f "$3"\n',
    "sudo": 'if [ "$1" = -u ]; then shift 2; fi\nexec "$@"\n',
    # The operator has the page before their eyes: where it says what to set, that is set.
    "sudoedit": 'case "$1" in *.env) echo "$EDIT" >> "$1" ;; esac\n',
    "systemctl": RECORD
    + 'case "${@: -1}" in nginx|prometheus|daemon-reload) ;; *) test -f "$UNITS/${@: -1}.service" ;; esac\n',
    "uvx": '[ "$1 $2" = "--from ." ]; shift 2; exec "$@"\n',
}
_TOKENS = ("DISCORD_TOKEN", "SLACK_BOT_TOKEN")


class Machine:
    """A machine whose `/opt`, `/etc` and `/var/lib` are in a folder. Its shell starts in a clone of the repository."""

    def __init__(self, folder: Path, settings: Mapping[str, object]) -> None:
        self.folder, self.checkout = folder / "machine", folder / "clone"
        self._settings = settings
        self._make()

    def _make(self) -> None:
        units = self.path("/etc/systemd/system")
        for place in (units, self.path("/etc/nginx/conf.d"), self.path("/etc/prometheus"), self.path("/opt")):
            place.mkdir(parents=True)
        self.checkout.mkdir()
        for name in (".env.example", "compose.yaml", "imagine-bot"):
            shutil.copy(ROOT / name, self.checkout)
        shutil.copytree(ROOT / "deploy", self.checkout / "deploy")
        (self.folder / "bin").mkdir()
        for name, script in STAND_INS.items():
            if name == "promtool" and shutil.which(name):
                continue
            stand_in = self.folder / "bin" / name
            stand_in.write_text(f"#!/bin/bash\nset -euo pipefail\n{script}")
            stand_in.chmod(0o755)
        self._environment = {
            "PATH": f"{self.folder / 'bin'}:{program('pg_dump').parent}:{os.environ['PATH']}",
            "MACHINE": str(self.folder),
            "CHECKOUT": str(self.checkout),
            "UNITS": str(units),
        }

    def path(self, place: str) -> Path:
        """Return where a path of the page is."""
        return self.folder / place.removeprefix("/")

    async def type(self, block: str, **edit: object) -> str:
        """Type a block of commands into a shell, and return what is said.

        What to `edit` is set in that shell, and in `.env` if the commands open it.
        """
        for place in _PLACES:
            block = re.sub(rf"(?<![\w.]){place}", f"{self.folder}{place}", block)
        edited = "\n".join(f"{name}={value}" for name, value in {**self._settings, **edit}.items())
        given = environment(edit)
        async with await asyncio.start_server(partial(_run_bot, given), "127.0.0.1", 0) as bot, asyncio.timeout(60):
            more = {"EDIT": edited, "BOT": str(bot.sockets[0].getsockname()[1])}
            shell = await asyncio.create_subprocess_exec(
                *("bash", "-euo", "pipefail", "-c", block),
                cwd=self.checkout,
                env={**given, **self._environment, **more},
                stdout=PIPE,
                stderr=STDOUT,
            )
            said = (await shell.communicate())[0].decode()
        assert shell.returncode == 0, f"{block}\n{said}"
        return said

    def ran(self) -> Sequence[str]:
        """Return what the stand-ins were run with."""
        return (self.folder / "ran").read_text().splitlines()


async def _run_bot(given: Mapping[str, str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Run a command of the bot for a stand-in."""
    folder, *arguments = (await reader.readline()).decode().rstrip("\n").rstrip("\0").split("\0")
    if arguments[0] == "setup" and "--check" not in arguments:
        arguments.append("--yes")  # nobody is there to answer, and what would be answered is in the environment
    process = await fork(arguments, Path(folder), given)
    greeting = b""
    if arguments[0] in {"run", "demo"}:  # they go on until they are asked to end
        platforms = [name for name in _TOKENS if name in given] if arguments[0] == "run" else []
        for _ in range(1 + len(platforms)):  # each platform says who the bot is there
            greeting += await process.stdout.readline()
        process.terminate()
    out, err = await process.communicate()
    out = greeting + out
    writer.write(f"{process.returncode}\n".encode() + out + err)
    writer.close()
