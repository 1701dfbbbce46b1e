"""Builds what becomes of accepted jobs: they wait, are drawn, and are shown."""

import random
from datetime import timedelta

from bot.cli.parts import Parts
from bot.core.jobs.delivery import Delivery
from bot.core.jobs.generation import Generator
from bot.core.jobs.model_choice import ModelChoice
from bot.core.jobs.queue_updates import QueueUpdates
from bot.core.jobs.reports import Reports
from bot.core.jobs.worker import Worker
from bot.core.retry import Retry


def build_delivery(parts: Parts) -> Delivery:
    """Build what shows outcomes."""
    return Delivery(
        admission=parts.storage.jobs,
        work=parts.storage.jobs,
        messengers=parts.messengers,
        library=parts.library,
        clock=parts.clock,
        retry=Retry(),
        precedence=parts.precedence,
        first_wait=parts.timings.retry,
        notice_after=timedelta(seconds=parts.timings.notice),
        progress_every=parts.timings.progress,
        shown=parts.on_shown,
        told=parts.told.of,
    )


def build_queue_updates(parts: Parts, delivery: Delivery) -> QueueUpdates:
    """Build what tells people how far up the queue they moved."""
    return QueueUpdates(
        ledger=parts.storage.jobs,
        delivery=delivery,
        clock=parts.clock,
        max_running=parts.settings.max_concurrent_jobs,
    )


def build_worker(parts: Parts, delivery: Delivery, queue_updates: QueueUpdates) -> Worker:
    """Build what draws."""
    choice = ModelChoice(
        catalogue=parts.catalogue,
        gateway=parts.storage.jobs,
        clock=parts.clock,
        test_pictures=parts.test_pictures,
    )
    reports = Reports(
        gateway=parts.storage.jobs,
        clock=parts.clock,
        cool_down=timedelta(seconds=parts.timings.cool_down),
        first_pause=timedelta(seconds=parts.timings.outage),
    )
    return Worker(
        owner=parts.storage.owner,
        work=parts.storage.jobs,
        wakeup=parts.storage.wakeup,
        generator=_build_generator(parts, choice, reports),
        reports=reports,
        choice=choice,
        delivery=delivery,
        queue_updates=queue_updates,
        clock=parts.clock,
        max_running=parts.settings.max_concurrent_jobs,
        shown=parts.shown,
        may_draw=parts.may_draw,
        given_up_after=timedelta(seconds=parts.timings.given_up),
        renew_seconds=parts.timings.renewal,
        poll_seconds=parts.timings.poll,
    )


def _build_generator(parts: Parts, choice: ModelChoice, reports: Reports) -> Generator:
    return Generator(
        work=parts.storage.jobs,
        reports=reports,
        provider=parts.provider,
        library=parts.library,
        choice=choice,
        clock=parts.clock,
        retry=Retry(),
        precedence=parts.precedence,
        jitter=random.Random(),  # noqa: S311  it spreads retries, and protects nothing
        max_running=parts.settings.max_concurrent_jobs,
        may_draw=parts.may_draw,
        first_wait=parts.timings.retry,
    )
