"""Which libraries the short commands import: to import all of them takes a second on a small machine."""

import subprocess
import sys

from tests.support.process import ROOT, environment

_COMMANDS = """
import sys
from contextlib import redirect_stdout
from os import devnull
from bot.cli.main import main
for line in ("--version", "doctor --help", "setup --help", "slack-manifest"):
    with open(devnull, "w") as nowhere, redirect_stdout(nowhere):
        try:
            main(line.split())
        except SystemExit:
            pass
print(*sorted({name.partition(".")[0] for name in sys.modules} | {name for name in sys.modules if name[:4] == "bot."}))
"""
_UNUSED = {
    *(
        "PIL",
        "aiohttp",
        "aiosqlite",
        "alembic",
        "asyncpg",
        "babel",
        "cryptography",
        "discord",
        "obstore",
        "prometheus_client",
    ),
    *("slack_bolt", "slack_sdk", "sqlalchemy", "storage", "uvloop", "yarl", "bot.core.dispatch", "bot.cometapi.client"),
}


def test_short_commands_import_no_chat_no_database_and_no_pictures() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _COMMANDS], cwd=ROOT, env=environment({}), capture_output=True, text=True, check=True
    )
    imported = set(done.stdout.split())
    assert imported & _UNUSED == set()
    assert {"pydantic", "yaml"} <= imported  # it looks at the right process
