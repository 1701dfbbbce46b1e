"""A machine that is made of a folder, for the commands of an operator.

What would change the real machine has a stand-in: it does what counts for the commands after it, and writes down that
it was run. The bot's own commands, the shell and what copies files are real.
"""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.process import ROOT, environment

_PLACES = ("/opt/", "/etc/", "/var/lib/")
RECORD = 'echo "$(basename "$0") $*" >> "$MACHINE/ran"\n'
STAND_INS: Mapping[str, str] = {
    "adduser": RECORD,
    "docker": RECORD,
    "git": RECORD
    + 'case "$1" in\n  remote) echo https://git.example.com/imagine-bot ;;\n'
    + '  clone) mkdir -p "$3"; cp -r "$CHECKOUT/." "$3" ;;\nesac\n',
    "imagine-bot": f'exec {sys.executable} -m bot "$@"\n',
    # Without the owner, who is nobody here.
    "install": 'given=()\nwhile [ $# -gt 0 ]; do case "$1" in -o|-g) shift 2 ;; *) given+=("$1"); shift ;; esac; done\n'
    'exec /usr/bin/install "${given[@]}"\n',
    "journalctl": RECORD + 'test -f "$UNITS/$2.service"\n',
    "make": RECORD + 'mkdir -p .venv/bin; cp "$MACHINE/bin/imagine-bot" .venv/bin/\n',
    "nginx": RECORD + 'test -f "$MACHINE/etc/nginx/conf.d/imagine-bot.conf"\n',
    "promtool": RECORD + 'test -f "$3"\n',
    "sudo": 'if [ "$1" = -u ]; then shift 2; fi\nexec "$@"\n',
    # The operator has the page before their eyes: where it says what to set, that is set.
    "sudoedit": 'case "$1" in *.env) echo "$EDIT" >> "$1" ;; esac\n',
    "systemctl": RECORD
    + 'case "${@: -1}" in nginx|prometheus|daemon-reload) ;; *) test -f "$UNITS/${@: -1}.service" ;; esac\n',
}


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
        for name in (".env.example", "compose.yaml"):
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
            **environment({}),
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "MACHINE": str(self.folder),
            "CHECKOUT": str(self.checkout),
            "UNITS": str(units),
        }

    def path(self, place: str) -> Path:
        """Return where a path of the page is."""
        return self.folder / place.removeprefix("/")

    async def type(self, block: str, **edit: object) -> str:
        """Type a block of commands into a shell, with what to set if they open `.env`, and return what is said."""
        for place in _PLACES:
            block = re.sub(rf"(?<![\w.]){place}", f"{self.folder}{place}", block)
        edited = "\n".join(f"{name}={value}" for name, value in {**self._settings, **edit}.items())
        shell = await asyncio.create_subprocess_exec(
            "bash", "-euo", "pipefail", "-c", block,
            cwd=self.checkout, env={**self._environment, "EDIT": edited},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        async with asyncio.timeout(60):
            said = (await shell.communicate())[0].decode()
        assert shell.returncode == 0, f"{block}\n{said}"
        return said

    def ran(self) -> Sequence[str]:
        """Return what the stand-ins were run with."""
        return (self.folder / "ran").read_text().splitlines()
