"""A job as the reply that shows it. Pure: the same job gives the same reply in every process."""

from dataclasses import replace

from bot.core.jobs import sentences
from bot.core.language import Language, speak
from bot.core.language.labels import ACTIONS
from bot.core.model import Action, Fault, Job, Status
from bot.core.queue import QueuePosition
from bot.core.replies import Button, Line, Picture, Reply
from bot.core.rules import permissions

_WITHOUT_PICTURES = (Action.SHOW_AGAIN, Action.AGAIN, Action.EDIT, Action.DELETE)


def job_reply(job: Job, position: QueuePosition | None = None, *, locale: str | None = None) -> Reply:
    """Return the reply that shows the job's current state. `position` only matters while the job is queued.

    It is in the asker's language; `locale` is for a reader who alone sees it, perhaps in another language.
    """
    texts = speak(job.origin.locale if locale is None else locale)
    lines = (
        sentences.asked(texts, job.origin.user, job.request),
        *((sentences.test(texts),) if job.test else ()),
        *_progress(job, position, texts),
    )
    final = job.status not in {Status.QUEUED, Status.GENERATING}
    return Reply(
        lines=lines,
        foot=sentences.foot(texts, job),
        pictures=_shown_pictures(job, texts),
        buttons=_buttons(job, texts),
        final=final,
    )


def for_asker_alone(job: Job, shown: Reply) -> Reply:
    """Return the reply that shows a job, as it is for the user who asked, in place of a message that was deleted."""
    share = _labelled((Action.SHARE,), job, speak(job.origin.locale)) if permissions.is_shareable(job) else ()
    *first, last = shown.buttons  # what can't be undone stays last
    return replace(shown, buttons=(*first, *share, last) if share else shown.buttons)


def without_pictures(job: Job, why: Line) -> Reply:
    """Return the reply that says why there are no images in it, with the button that brings them."""
    shown = job_reply(job)
    buttons = _labelled(_with_prompt(_WITHOUT_PICTURES, job), job, speak(job.origin.locale))
    return replace(shown, lines=(*shown.lines, why), pictures=(), buttons=buttons)


def pictures(job: Job, texts: Language) -> tuple[Picture, ...]:
    """Return references to all images of a job."""
    count = len(job.images)
    return tuple(
        Picture(
            job=job.id,
            index=index,
            image=image,
            alt=sentences.alt(texts, job.request, index, count),
            brief=texts.label("AI-generated: image by {model}", model=job.request.model),
            model=job.request.model,
        )
        for index, image in enumerate(job.images)
    )


def _shown_pictures(job: Job, texts: Language) -> tuple[Picture, ...]:
    # A stopped job may have images: they count against the quota, so they are shown.
    shown = {Status.DELIVERING, Status.DELIVERED, Status.UNDELIVERED, Status.STOPPED}
    return pictures(job, texts) if job.status in shown else ()


def _progress(job: Job, position: QueuePosition | None, texts: Language) -> tuple[Line, ...]:
    match job.status:
        case Status.QUEUED:
            # It was put off: the gateway can't take the request at the moment.
            return (sentences.waiting(texts, job.not_before),) if job.fault else (sentences.queued(texts, position),)
        case Status.GENERATING:
            return (sentences.generating(texts, job),)
        case Status.CANCELLED:
            return (sentences.cancelled(texts),)
        case Status.STOPPED:
            return (sentences.stopped(texts, job),)
        case Status.UNCLEAR:
            return (sentences.unclear(texts),)
        case Status.FAILED | Status.UNKNOWN:
            return (sentences.ended(texts, job, job.fault or Fault.GATEWAY),)
        case _:
            return _made(job, texts)


def _made(job: Job, texts: Language) -> tuple[Line, ...]:
    fewer = (sentences.fewer(texts, job),) if len(job.images) < job.request.n else ()
    revised = (sentences.revised(texts, job.revised_prompt),) if job.revised_prompt else ()
    return (*sentences.changed(texts, job), *fewer, *revised)


def _buttons(job: Job, texts: Language) -> tuple[Button, ...]:
    match job.status:
        case Status.QUEUED:
            actions: tuple[Action, ...] = (Action.CANCEL,)
        case Status.GENERATING:
            actions = (Action.STOP,)
        case Status.UNDELIVERED:
            actions = _with_prompt(_WITHOUT_PICTURES, job)
        case _:
            actions = (Action.AGAIN, Action.EDIT, Action.DELETE) if job.images else (Action.AGAIN, Action.EDIT)
            actions = _with_prompt(actions, job)
    return _labelled(actions, job, texts)


def _with_prompt(actions: tuple[Action, ...], job: Job) -> tuple[Action, ...]:
    """Add the button that shows the whole prompt, where the reply has the beginning of it."""
    after = actions.index(Action.EDIT) + 1
    shown = (Action.SHOW_ALL,) if sentences.is_cut(job.request.prompt) else ()
    return (*actions[:after], *shown, *actions[after:])


def _labelled(actions: tuple[Action, ...], job: Job, texts: Language) -> tuple[Button, ...]:
    return tuple(Button(action=action, argument=job.id, label=texts.label(ACTIONS[action])) for action in actions)
