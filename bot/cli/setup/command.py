"""The command `imagine-bot setup`: at a terminal, or unattended."""

import argparse
import sys
import webbrowser
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Any, TextIO

from bot.cli import logs
from bot.cli.platforms import PLATFORMS, Platforms
from bot.cli.setup import key
from bot.cli.setup.arguments import KEY, KEY_SETTING, secrets
from bot.cli.setup.console import Terminal
from bot.cli.setup.env_file import check_writable, lines
from bot.cli.setup.kept import Kept
from bot.cli.setup.report import Report
from bot.cli.setup.steps import SetUp, begun, setup_of, short
from bot.cli.terminal import say
from bot.core.doctor import listed
from bot.core.language.language import Language
from bot.core.message import Message, message
from bot.core.platform import Platform
from bot.environment import ENV_FILE
from bot.settings import Settings

DONE, FAILED, MISSING = 0, 1, 2


async def setup(
    settings: Settings, options: argparse.Namespace, texts: Language, platforms: Platforms = PLATFORMS
) -> int:
    """Set the bot up. Return the exit status: 0 done, 1 something was refused or closed, 2 something is missing."""
    if "log_level" not in settings.model_fields_set:
        logs.configure(settings.model_copy(update={"log_level": "warning"}))
    out = sys.stderr if options.print else sys.stdout
    _check_flags(options)
    if options.yes:
        return await _unattended(options, texts, platforms, out)
    if not (sys.stdin.isatty() and out.isatty()):
        return _no_terminal(options.part, texts, platforms)
    file = None if options.print else _file(Path(ENV_FILE))
    if file:
        check_writable(file)
    kept = Kept(secrets(platforms), file=file)
    with Terminal(out).at_hand() as terminal:
        set_up = SetUp(terminal, kept, texts, platforms, browse=webbrowser.open if options.open else None)
        places = await set_up.asked(options.part)
    if places is None:
        return FAILED
    if options.print:
        sys.stdout.write(lines(kept.answers))
    if options.part and not options.print:
        terminal.show("  " + texts.text(message("To start the bot: imagine-bot run")))
    if options.print or options.part:
        return DONE
    return await set_up.first_picture(places)


async def _unattended(options: argparse.Namespace, texts: Language, platforms: Platforms, out: TextIO) -> int:
    file = None if options.print else _file(options.env_file)
    if file:
        check_writable(file)
    kept = Kept(secrets(platforms), file=file)
    report = Report(lambda line: say(line, to=out), kept, texts, as_json=options.json)
    chosen = _wanted(options.part, platforms, kept)
    if missing := _missing(options.part, kept, chosen, platforms):
        said = message("These are missing: {settings}", settings=listed(missing))
        report.step("missing", "→", said, settings=[str(each) for each in missing])
        return MISSING
    if options.part in {None, KEY}:
        await key.talk(report)
    for platform in chosen:
        place = await setup_of(platform).talk(report)
        if place.url:
            report.link(platform.name, place.url)
    if file:
        report.step("kept", "✓", message("The values that work are kept in {file}.", file=short(file)), file=str(file))
    else:
        sys.stdout.write(lines(kept.answers))
    return FAILED if report.refused else DONE


def _no_terminal(part: str | None, texts: Language, platforms: Platforms) -> int:
    kept = Kept(secrets(platforms), file=None)
    missing = _missing(part, kept, _wanted(part, platforms, kept), platforms)
    said = message("There is no terminal to ask at. Run: imagine-bot setup --yes")
    if missing:
        said = message(
            "There is no terminal to ask at. Set these in the environment, then run `imagine-bot setup --yes`: "
            "{settings}",
            settings=listed(missing),
        )
    say(texts.text(said), to=sys.stderr)
    return MISSING


def _check_flags(options: argparse.Namespace) -> None:
    """Raise ValueError for a flag that would have no effect."""
    given = {"--json": options.json, "--env-file": options.env_file != Path(ENV_FILE)}
    for flag in (flag for flag, is_given in given.items() if is_given and not options.yes):
        raise ValueError(message("{flag} is for use with --yes.", flag=flag))


def _wanted(part: str | None, platforms: Platforms, kept: Kept) -> Sequence[Platform[Any]]:
    if part is None:
        return begun(platforms, kept)
    return [platform for platform in platforms if platform.name == part and platform.setup]


def _missing(
    part: str | None, kept: Kept, chosen: Sequence[Platform[Any]], platforms: Platforms
) -> Sequence[Message | str]:
    """Return what has to be set: of the platforms, one is enough."""
    missing: list[Message | str] = [KEY_SETTING] if part in {None, KEY} and not kept.value(KEY_SETTING) else []
    if part is None and not chosen:
        offered = (_together(each.setup.missing(kept.settings)) for each in platforms if each.setup)
        return [*missing, reduce(lambda one, other: message("{one} or {other}", one=one, other=other), offered)]
    return [*missing, *(name for each in chosen for name in setup_of(each).missing(kept.settings))]


def _together(names: Sequence[str]) -> Message | str:
    needed: Sequence[Message | str] = names
    return reduce(lambda one, other: message("{one} and {other}", one=one, other=other), needed)


def _file(named: Path) -> Path:
    return named.absolute()
