"""Builds what answers people: each command and button, and the bot that receives them."""

from collections.abc import Sequence

from bot.cli.parts import Parts
from bot.core.commands.cancel import Cancel
from bot.core.commands.command import UseCase
from bot.core.commands.delete import Delete
from bot.core.commands.elsewhere import Elsewhere
from bot.core.commands.help import Help
from bot.core.commands.history import History
from bot.core.commands.imagine import HOLD, Imagine
from bot.core.commands.quota import Quota
from bot.core.commands.share import Share
from bot.core.commands.show import Show
from bot.core.commands.show_again import ShowAgain
from bot.core.commands.show_all import ShowAll
from bot.core.commands.show_here import ShowHere
from bot.core.commands.suggestions import Suggestions
from bot.core.dispatch import Bot
from bot.core.jobs.confirming import Confirming
from bot.core.jobs.copying import Copying
from bot.core.jobs.found import Found
from bot.core.jobs.queue_updates import QueueUpdates
from bot.core.jobs.showing import Showing
from bot.core.jobs.worker import Worker
from bot.core.retry import Retry


def build_bot(parts: Parts, worker: Worker, queue_updates: QueueUpdates) -> Bot:
    """Build the bot around the worker that draws what it accepts."""
    jobs, clock, told = parts.storage.jobs, parts.clock, parts.told.of
    found, retry = Found(ledger=jobs, messengers=parts.messengers), Retry(seconds=HOLD.total_seconds())
    imagine = _build_imagine(parts, found, queue_updates, retry)
    return Bot(
        found=found,
        imagine=imagine,
        quota=Quota(ledger=jobs, policy=parts.policy, clock=clock),
        history=History(ledger=jobs, found=found, told=told),
        show=Show(ledger=jobs, has_any=parts.library.has_any, told=told),
        show_here=_build_show_here(parts, found, imagine),
        delete=Delete(admission=jobs, found=found, messengers=parts.messengers, abort=worker.abort),
        others=_build_others(parts, found, imagine, worker),
        catalogue=parts.catalogue,
        suggestions=Suggestions(catalogue=parts.catalogue, ledger=jobs, clock=clock, tasks=parts.tasks),
        admission=jobs,
        ledger=jobs,
        people=parts.storage.people,
        confirming=Confirming(
            held=imagine.held, admission=jobs, ledger=jobs, retry=retry, shown=parts.shown, begin=worker.begin
        ),
        max_running=parts.settings.max_concurrent_jobs,
        precedence=parts.precedence,
    )


def _build_imagine(parts: Parts, found: Found, queue_updates: QueueUpdates, retry: Retry) -> Imagine:
    return Imagine(
        admission=parts.storage.jobs,
        found=found,
        catalogue=parts.catalogue,
        policy=parts.policy,
        clock=parts.clock,
        tasks=parts.tasks,
        max_running=parts.settings.max_concurrent_jobs,
        access=parts.access,
        ids=parts.ids,
        test_pictures=parts.test_pictures,
        watch=queue_updates.watch,
        retry=retry,
        accept_seconds=parts.timings.accept,
        store_away=lambda: parts.storage.conditions["images"].failing_for() >= parts.timings.probe,
    )


def _build_show_here(parts: Parts, found: Found, imagine: Imagine) -> ShowHere:
    return ShowHere(
        found=found,
        messengers=parts.messengers,
        copying=Copying(admission=parts.storage.jobs, showing=Showing(parts.messengers)),
        clock=parts.clock,
        barred=imagine.barred,
        has_any=parts.library.has_any,
        told=parts.told.of,
    )


def _build_others(parts: Parts, found: Found, imagine: Imagine, worker: Worker) -> Sequence[UseCase]:
    jobs = parts.storage.jobs
    return (
        Help(catalogue=parts.catalogue),
        ShowAgain(found=found),
        ShowAll(found=found),
        Elsewhere(imagine=imagine, found=found, clock=parts.clock),
        Share(found=found, messengers=parts.messengers),
        Cancel(admission=jobs, ledger=jobs, found=found, abort=worker.abort),
    )
