"""What the command `imagine-bot setup` takes: without the code that does it, which every other command would import."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.cli.language import for_help
from bot.cli.platforms import PLATFORMS, Platforms
from bot.core.language.language import Language
from bot.core.message import marked
from bot.environment import ENV_FILE

KEY = "key"
"""The part that isn't a platform."""
KEY_SETTING = "COMETAPI_KEY"


def add_arguments(parser: argparse.ArgumentParser, texts: Language, platforms: Platforms = PLATFORMS) -> None:
    """Declare what the command takes. No secret is among it: other people of the machine can read a command line."""
    parts = [KEY, *(platform.name for platform in platforms if platform.setup)]
    described = texts.label("one part alone: {parts}", parts=", ".join(parts))
    parser.add_argument("part", nargs="?", choices=parts, metavar="PART", help=for_help(described))
    for flag, description in _FLAGS.items():
        parser.add_argument(flag, action="store_true", help=for_help(texts.label(description)))
    described = texts.label("with --yes: the file that settings are written to")
    parser.add_argument("--env-file", type=Path, default=Path(ENV_FILE), metavar="FILE", help=for_help(described))


_FLAGS: Mapping[str, str] = {
    "--yes": marked("ask nothing: check the settings of the environment, and write them down"),
    "--json": marked("with --yes: one JSON object for each step"),
    "--print": marked("write the settings to standard output instead of .env"),
    "--check": marked("check what is set up, as the doctor does"),
    "--open": marked("open links in the browser, too"),
}


def secrets(platforms: Platforms = PLATFORMS) -> Sequence[str]:
    """Return the names of the settings that are asked for."""
    return (KEY_SETTING, *(name for platform in platforms if platform.setup for name in platform.setup.secrets))
