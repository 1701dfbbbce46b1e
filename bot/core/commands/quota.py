"""Quota: what a user has left in the current period."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.clock import Clock
from bot.core.commands.command import Handlers
from bot.core.commands.declared import QUOTA
from bot.core.commands.history import entry_button
from bot.core.events import CommandEvent
from bot.core.jobs import sentences
from bot.core.language import Language, speak
from bot.core.language.refusals import resets
from bot.core.ledger import Ledger
from bot.core.message import Message, marked
from bot.core.model import Action, Job, Status, Usage
from bot.core.origin import User
from bot.core.replies import Answer, Entry, Line, Placement, Reply, Strong, Timestamp, UserText
from bot.core.rules import doubt
from bot.core.rules.limits import QuotaPolicy

_LEFT: Mapping[str, tuple[str, str]] = {
    "day": (
        marked("{left} images left today ({used} used)."),
        marked("{left} images left today ({used} used, {reserved} on the way)."),
    ),
    "week": (
        marked("{left} images left this week ({used} used)."),
        marked("{left} images left this week ({used} used, {reserved} on the way)."),
    ),
    "month": (
        marked("{left} images left this month ({used} used)."),
        marked("{left} images left this month ({used} used, {reserved} on the way)."),
    ),
}
"""What is left, by the period of the quota; the second with images on the way."""


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Quota:
    """Answers `/quota`."""

    ledger: Ledger
    policy: QuotaPolicy
    clock: Clock

    def handlers(self) -> Handlers:
        """Return what it answers, and how."""
        return Handlers(commands={QUOTA: self.answer})

    @property
    def images(self) -> int:
        """The number of images that a user may have in a period."""
        return self.policy.images

    async def usage(self, user: User) -> Usage:
        """Return what the user has used in the current period, with the images in doubt that count."""
        usage = await self.ledger.usage(user.id, self.policy.window(self.clock.now()))
        return doubt.settled(usage, self.policy.images)

    async def answer(self, event: CommandEvent) -> Answer:
        """Return the reply that shows what the user has left."""
        window = self.policy.window(self.clock.now())
        usage = await self.usage(event.origin.user)
        texts, quota = speak(event.origin.locale), self.policy.images
        left = texts.label("{left} of {quota}", left=max(0, quota - usage.used - usage.reserved), quota=quota)
        plain, on_the_way = _LEFT[self.policy.period]
        summary = Message(
            on_the_way if usage.reserved else plain,
            {"left": Strong(left), "used": usage.used, "reserved": usage.reserved},
        )
        lines = [texts.line(summary), texts.line(resets(window))]
        if usage.doubt:
            lines.insert(1, _in_doubt(texts, usage.doubt, quota))
        open_jobs = await self.ledger.open_jobs(event.origin.user.id)
        reply = Reply(lines=tuple(lines), entries=tuple(_running(job, texts) for job in open_jobs))
        return Answer(reply=reply, placement=Placement.PRIVATE)


def _running(job: Job, texts: Language) -> Entry:
    action = Action.CANCEL if job.status is Status.QUEUED else Action.STOP
    status = texts.label(sentences.STATUSES[job.status])
    lines: tuple[Line, ...] = (
        (UserText(sentences.shorten(job.request.prompt)),),
        (texts.moment(Timestamp(job.created_at)), " · ", *sentences.made_with(job), f" · {status}"),
    )
    return Entry(lines=lines, buttons=(entry_button(action, job, texts),), job=job)


def _in_doubt(texts: Language, count: int, quota: int) -> Line:
    return texts.say_counted(
        "{n} of the used images has an unknown outcome; {quota} such were free before.",
        "{n} of the used images have an unknown outcome; {quota} such were free before.",
        count,
        quota=quota,
    )
