"""`imagine-bot doctor --recount`: whether the totals are what the jobs sum up to, and if not, where they differ."""

from collections.abc import Iterator, Sequence
from itertools import islice

from bot.cli.terminal import one_line, say
from bot.core.errors import StorageError
from bot.core.language.language import Language
from bot.core.message import Message, counted, message
from bot.settings import Settings
from storage.database.database import Database
from storage.ledger.recount import Difference, recount
from storage.look import look

_SECONDS = 3600.0
_SHOWN = 20
_TO_THE_MINUTE = "%Y-%m-%d %H:%M"


async def run(settings: Settings, texts: Language) -> int:
    """Count all jobs again, correct what differs, and say it. Return the exit status: 1 if anything differed."""
    found = await look(settings.database_url)
    if found.due:
        raise StorageError(
            message("The tables of {place} are not those of this version. Start it on them once.", place=found.place)
        )
    async with Database.open(settings.database_url, seconds=_SECONDS) as database:
        wrong = await recount(database)
    for said in _told(wrong) if wrong else [_agreement(found.jobs)]:
        say(one_line(texts.text(said)))
    return 1 if wrong else 0


def _agreement(jobs: int) -> Message:
    return counted(
        "The totals agree with {number} job.", "The totals agree with {number} jobs.", jobs, number=f"{jobs:,}"
    )


def _told(wrong: Sequence[Difference]) -> Iterator[Message]:
    lines = [line for each in wrong for line in _lines(each)]
    yield from islice(lines, _SHOWN)
    if len(lines) > _SHOWN:
        yield message("There are {number} more.", number=f"{len(lines) - _SHOWN:,}")
    yield counted(
        "{n} total differed from the jobs, and is corrected.",
        "{n} totals differed from the jobs, and are corrected.",
        len(wrong),
    )


def _lines(wrong: Difference) -> Iterator[Message]:
    start, end = (f"{moment:{_TO_THE_MINUTE}}" for moment in (wrong.start, wrong.start + wrong.length))
    for name, due in wrong.due.items():
        kept = wrong.kept[name]
        if kept == due:
            continue
        if wrong.user is None:
            yield message(
                "{start} to {end} UTC, everybody, {name}: {kept} was kept, {due} is right.",
                start=start,
                end=end,
                name=name,
                kept=kept,
                due=due,
            )
        else:
            yield message(
                "{start} to {end} UTC, {user}, {name}: {kept} was kept, {due} is right.",
                start=start,
                end=end,
                user=wrong.user,
                name=name,
                kept=kept,
                due=due,
            )
