"""The language of the operator's terminal, and what errors say in it."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from bot.cli.terminal import told
from bot.core.language.language import Language
from bot.core.message import Message
from bot.core.settings import is_folder
from bot.environment import env_file, written

# https://www.gnu.org/software/gettext/manual/html_node/Locale-Environment-Variables.html
_FOLDER = "language_folder"
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def terminal_locale(environment: Mapping[str, str]) -> str:
    """Return the locale that these variables name, such as `de_DE`; empty, which means English, if no variable does."""
    locale = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    return locale.partition("@")[0].partition(".")[0]


def offered_folder() -> Path | None:
    """Return the folder with further languages, even if other settings are bad: the errors are said in these languages.

    It is read by itself, since to read all settings takes longer than the commands that only print something.
    """
    with suppress(ValueError):  # to read all settings says what is wrong
        folder = written({_FOLDER}, env_file()).get(_FOLDER)
        return Path(folder) if folder and is_folder(Path(folder)) else None
    return None


def spoken(error: BaseException, texts: Language) -> str:
    """Return what an error says, one line for each of its messages; its own words if there are no messages."""
    messages = [said for said in error.args if isinstance(said, Message)]
    return "\n".join(told(texts.text(said)) for said in messages) if messages else told(str(error))


def for_help(text: str) -> str:
    """Escape what argparse would take for a format."""
    return text.replace("%", "%%")
