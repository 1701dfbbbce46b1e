"""The promises, as what must be true of every schedule once everything has settled."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from bot.core.model import Job, Status
from tests.chaos.evidence import WITH_IMAGES, Evidence, charged, in_doubt, is_notice, kind_of, was_shown
from tests.chaos.schedule import QUOTA, Ask, tags_in
from tests.support.shares import billed, counted

_PUT_OFF = timedelta(minutes=30)


def broken(evidence: Evidence) -> Iterator[str]:
    """Return which promises were broken, a sentence each."""
    for job in evidence.jobs:
        yield from _left_behind(job, nowhere=evidence.schedule.nowhere)
    for ask in evidence.schedule.asks:
        yield from _more_than_asked(evidence, ask)
        yield from _sent_again(evidence, ask)
        yield from _more_billed_than_counted(evidence, ask)
        yield from _not_told(evidence, ask)
        yield from _silence(evidence, ask)
        yield from _images_astray(evidence, ask)
        yield from _back_again(evidence, ask)
    for person in evidence.schedule.people:
        yield from _wrong_bill(evidence, person)
        yield from _private_matters(evidence, person)
        yield from _notices(evidence, person)
    yield from _public_noise(evidence)


def _left_behind(job: Job, *, nowhere: bool) -> Iterator[str]:
    put_off = nowhere and job.not_before > job.created_at + _PUT_OFF  # its place is closed: it is tried each hour
    if not job.status.ended or not (job.notified or put_off) or job.owner:
        yield f"job {job.id} is left {job.status}, told: {job.notified}, held by {job.owner}"
    if job.origin.address.tokens:
        yield f"job {job.id} ended, and its address still holds tokens"


def _more_than_asked(evidence: Evidence, ask: Ask) -> Iterator[str]:
    """One command, one job; and one job for several fast presses of Again."""
    kept = [job for job in evidence.of(ask.tag) if was_shown(job)]
    pressed = f"Again {ask.tag}" in evidence.schedule.pressed
    if len([job for job in kept if job.parent is None]) > 1:
        yield f"{ask.tag} was asked once, and has {len(kept)} jobs"
    if len([job for job in kept if job.parent]) > pressed:
        yield f"Again on {ask.tag} was pressed {'once' if pressed else 'never'}, and has {len(kept)} jobs"


def _sent_again(evidence: Evidence, ask: Ask) -> Iterator[str]:
    """At most one request for each image of a job, apart from requests that the gateway said it had not processed."""
    images = sum(job.request.n for job in evidence.of(ask.tag))
    if evidence.sent.get(ask.tag, 0) > images:
        yield f"{ask.tag}: {evidence.sent[ask.tag]} requests that may be billed, for {images} images"


def _more_billed_than_counted(evidence: Evidence, ask: Ask) -> Iterator[str]:
    """The budget counts all that the gateway bills, and no more than that where nothing is in doubt."""
    jobs, bill = evidence.of(ask.tag), evidence.billed.get(ask.tag, 0)
    spent = sum(_spent(job) for job in jobs)
    if spent < bill:
        yield f"{ask.tag}: {bill} images are billed, the budget counts {spent}"
    doubt = [job for job in jobs if job.status is Status.STOPPED or (job.fault and job.fault.uncertain)]
    if spent > bill and not doubt:
        yield f"{ask.tag}: {bill} images are billed for certain, the budget counts {spent}"


def _spent(job: Job) -> int:
    made = len(job.images)
    return counted(billed(job.status, job.fault), asked=job.request.n, made=made, sent=job.images_sent)


def _not_told(evidence: Evidence, ask: Ask) -> Iterator[str]:
    """Each job has exactly one visible outcome, the one that the ledger has."""
    due = Counter(str(job.status) for job in evidence.of(ask.tag) if was_shown(job))
    shown = Counter(
        str(kind_of(seen)) for seen in evidence.messages(ask.tag) if not _is_note(seen.private, seen.buttons)
    )
    shown.pop("pointer", None)
    shown["in progress"] = max(0, shown["in progress"] - _strays(evidence, ask))
    if evidence.schedule.platform == "playground":
        # The page shows the ledger itself: a job that was taken back may have been seen there while it waited.
        withdrawn = sum(not was_shown(job) for job in evidence.of(ask.tag))
        shown["cancelled"] = max(due["cancelled"], shown["cancelled"] - withdrawn)
    for status in due:
        shown[status] -= min(_copies(evidence, ask), max(0, shown[status] - due[status])) * (due[status] > 0)
    if evidence.schedule.nowhere or _deleted_unnoticed(evidence, ask):
        due[Status.DELIVERED] += due[Status.UNDELIVERED]  # the answer that it was shown may have been lost
        if over := +(shown - due):
            yield f"{ask.tag}: people see {dict(over)} too many; the ledger has {dict(due)}"
        return
    if +shown != due:
        yield f"{ask.tag}: the ledger has {dict(due)}, people see {dict(+shown)}"


def _is_note(private: bool, buttons: list[str]) -> bool:
    """Whether it is a word for the asker alone, which can no longer change; an outcome always has buttons."""
    return private and not buttons


def _strays(evidence: Evidence, ask: Ask) -> int:
    """Count the messages that a platform may no longer let change.

    On Slack one was posted, and the answer that named it was lost: to look for it would take a scope to read people's
    channels, which the bot has no other need for. So, too, where the bot was stopped while it waited for that answer:
    `test_a_placeholder_that_nobody_remembers_is_all_that_a_kill_leaves_on_slack`. And what is in a channel that was
    closed to the bot stays as it was.
    """
    if evidence.schedule.platform == "discord":  # neither by the token nor as the bot
        return (
            len(evidence.of(ask.tag))
            if "token dead" in ask.chat and "forbidden" in evidence.schedule.channel_fault
            else 0
        )
    if not evidence.schedule.platform.startswith("slack"):
        return 0
    closed = evidence.schedule.channel_fault in {"archived", "removed", "archived and closed"}
    return ("post lost" in ask.chat) + evidence.restarted + closed * len(evidence.of(ask.tag))


def _copies(evidence: Evidence, ask: Ask) -> int:
    """Count the messages that may show an outcome once more: because an answer was lost, or because a press mended one.

    A press on a message in a channel that was closed brings it up to date, though its asker has the outcome directly. A
    stray beside the message that has it goes: `test_a_press_on_a_stray_lets_it_go_and_shows_nothing_twice`.
    """
    pressed = any(f"{label} {ask.tag}" in evidence.schedule.pressed for label in ("Stop", "Cancel"))
    closed = bool(evidence.schedule.channel_fault) * len(evidence.of(ask.tag))
    return _may_be_seen_twice(evidence, ask) + pressed * closed


def _may_be_seen_twice(evidence: Evidence, ask: Ask) -> bool:
    """Whether the channel was closed after a change whose answer was lost: no one can say then that it was made.

    A bot that was stopped may have been waiting for that answer:
    `test_an_outcome_is_shown_again_where_its_channel_was_closed_before_anyone_knew_that_it_was_there`.
    """
    closed = evidence.schedule.channel_fault in {"archived", "removed", "archived and closed"}
    return closed and ("update lost" in ask.chat or evidence.restarted)


def _silence(evidence: Evidence, ask: Ask) -> Iterator[str]:
    """The person who asked hears something: from the bot, or from the platform that the bot did not answer."""
    if any(was_shown(job) for job in evidence.of(ask.tag)) or ask.tag in evidence.failed_openly:
        return
    if not any(seen.private for seen in evidence.seen[ask.person]):
        yield f"{ask.person} asked for {ask.tag}, and hears nothing"


def _images_astray(evidence: Evidence, ask: Ask) -> Iterator[str]:
    """Images are charged that were made, kept, and shown, once each."""
    jobs = [job for job in evidence.of(ask.tag) if job.status in WITH_IMAGES]
    kept = Counter(evidence.stored.get(image.key, b"") for job in jobs for image in job.images)
    made = Counter(evidence.made.get(ask.tag, ()))
    if kept - made:
        yield f"{ask.tag}: {kept.total()} images are charged, {made.total()} were made"
    shown = Counter(image for seen in evidence.messages(ask.tag) for image in seen.images)
    copies = _copies(evidence, ask)
    shown = Counter(
        {image: times - min(copies, max(0, times - kept[image])) * (kept[image] > 0) for image, times in shown.items()}
    )
    if shown - kept:
        yield f"{ask.tag}: {shown.total()} images are seen, {kept.total()} are charged"
    unseen = evidence.schedule.nowhere or _deleted_unnoticed(evidence, ask)
    if unseen or any(job.status is Status.UNDELIVERED for job in jobs):
        return
    if kept - shown:
        yield f"{ask.tag}: {kept.total()} images are charged, {shown.total()} are seen"


def _back_again(evidence: Evidence, ask: Ask) -> Iterator[str]:
    """What people deleted stays deleted: nobody but the asker sees anything of it again, and they once."""
    if ask.tag not in evidence.schedule.deleted:
        return
    messages = list(evidence.messages(ask.tag))
    public = [seen.text for seen in messages if not seen.private]
    if len(public) > _strays(evidence, ask):
        yield f"{ask.tag} was deleted, and everybody sees {public}"
    alone = [seen.text for seen in messages if seen.private and seen.buttons]
    if len(alone) > len(evidence.of(ask.tag)):
        yield f"{ask.tag} was deleted, and {ask.person} is told {alone}"


def _deleted_unnoticed(evidence: Evidence, ask: Ask) -> bool:
    """Whether somebody deleted its message, after its last change."""
    noticed = any(job.origin.address.place.get("deleted") for job in evidence.of(ask.tag))
    return ask.tag in evidence.schedule.deleted and not noticed


def _wrong_bill(evidence: Evidence, person: str) -> Iterator[str]:
    tags = {ask.tag for ask in evidence.schedule.asks if ask.person == person}
    own = [job for job in evidence.jobs if tags_in(job.request.prompt) <= tags]
    certain, doubt = sum(map(charged, own)), sum(map(in_doubt, own))
    usage = evidence.used.get(person)
    if usage is not None and (usage.used, usage.reserved, usage.doubt) != (certain, 0, doubt):
        yield f"{person} is charged {usage}, and should be {certain}, with {doubt} in doubt"
    due = certain + max(0, doubt - QUOTA)
    if f"({due} used)" not in evidence.said[person]:
        yield f"{person} is told {evidence.said[person]!r}, and should be told of {due}"


def _private_matters(evidence: Evidence, person: str) -> Iterator[str]:
    own = {ask.tag for ask in evidence.schedule.asks if ask.person == person}
    for seen in evidence.seen[person]:
        if seen.private and tags_in(seen.text) - own:
            yield f"{person} sees what was for somebody else alone: {seen.text!r}"


def _notices(evidence: Evidence, person: str) -> Iterator[str]:
    """People who waited for long are told once for each job at most; exactly once, if nothing went wrong with it."""
    asks = [ask for ask in evidence.schedule.asks if ask.person == person]
    told = sum(person in seen.pings for seen in evidence.messages() if is_notice(seen))
    due = sum(job.announced for ask in asks for job in evidence.of(ask.tag))
    if told > due:
        yield f"{person} is notified {told} times, of {due} jobs"
    troubled = (
        evidence.schedule.channel_fault or evidence.schedule.deleted or any(ask.chat for ask in evidence.schedule.asks)
    )
    on_a_page = evidence.schedule.platform == "playground"  # it shows its own notices
    if told < due and not (evidence.restarted or troubled or on_a_page):
        yield f"{person} is notified {told} times, of {due} jobs that took long"


def _public_noise(evidence: Evidence) -> Iterator[str]:
    """What everybody sees are jobs: refusals are for the asker alone."""
    for seen in evidence.messages():
        tombstone = seen.text == "This message was deleted."  # Slack's own
        if not (seen.private or tags_in(seen.text) or is_notice(seen) or tombstone):
            yield f"everybody sees {seen.text!r}"
        if len(seen.pings) > 1 or (seen.pings and not is_notice(seen)):
            yield f"{sorted(seen.pings)} are notified by {seen.text!r}"
