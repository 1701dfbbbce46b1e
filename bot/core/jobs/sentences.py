"""What a job says about itself: its request, its progress and its outcome."""

from collections.abc import Mapping
from datetime import datetime

from bot.core.image import ImageRequest
from bot.core.jobs import changes
from bot.core.language import Language
from bot.core.message import Message, counted, marked, message
from bot.core.model import Fault, Job, Status
from bot.core.origin import User
from bot.core.queue import QueuePosition
from bot.core.replies import Code, Line, Person, Shown, Timestamp, UserText

_PREVIEW = 180
_LONGEST_PROMPT = 400

STATUSES: Mapping[Status, str] = {
    Status.QUEUED: marked("waiting"),
    Status.GENERATING: marked("being drawn"),
    Status.DELIVERING: marked("on its way"),
    Status.DELIVERED: marked("shown"),
    Status.UNDELIVERED: marked("not shown yet"),
    Status.CANCELLED: marked("cancelled"),
    Status.STOPPED: marked("stopped"),
    Status.FAILED: marked("failed"),
    Status.UNKNOWN: marked("outcome unknown"),
    Status.UNCLEAR: marked("known to another version of this bot"),
}
_REFUSED = marked("The model refused this prompt because of its content policy. Try other words.")
FAULTS: Mapping[Fault, str] = {
    Fault.CONTENT_POLICY: _REFUSED,
    Fault.VIOLATION_FEE: _REFUSED,
    Fault.BAD_REQUEST: marked(
        "The image service refused these options for this model. Try fewer options, or another model."
    ),
    Fault.BAD_PICTURE: marked("The image service couldn't read that picture. Send a PNG or JPEG."),
    Fault.TOO_LARGE: marked(
        "This is too much at once for the image service. Shorten the prompt, or send smaller pictures."
    ),
    Fault.AUTH: marked("I can't use the image service: it refuses my key. Please tell the bot's owner."),
    Fault.FORBIDDEN: marked("The image service doesn't let me use this model. Choose another one."),
    Fault.BLOCKED: marked(
        "Something between me and the image service, such as a firewall, refuses my requests, "
        "or the service isn't offered where I run. Please tell the bot's owner."
    ),
    Fault.BALANCE: marked("I can't use the image service: its balance is used up. Please tell the bot's owner."),
    Fault.RATE_LIMIT: marked("The image service is rate limited. Try again in a minute."),
    Fault.MODEL_UNAVAILABLE: marked("This model is overloaded. Choose another one, or try again later."),
    Fault.NOT_OFFERED: marked("The image service doesn't offer {model} any more. Choose another model."),
    Fault.NO_IMAGES: marked("{model} doesn't make images in the way that I ask for them. Choose another model."),
    Fault.BUSY: marked("The model is busy. Try again in a minute."),
    Fault.GATEWAY: marked("The image service failed. Try again in a minute."),
    Fault.MISCONFIGURED: marked("The image service isn't set up correctly. Please tell the bot's owner."),
    Fault.EMPTY: marked("The model returned no image, probably because it filtered the prompt. Try other words."),
    Fault.BAD_IMAGE: marked(
        "The image service sent something that isn't an image. Try again, or choose another model."
    ),
    Fault.IMAGE_LOST: marked("The image was drawn, but it was lost on its way here. Try again in a minute."),
    Fault.NOT_CONNECTED: marked("I couldn't reach the image service. Try again in a minute."),
    Fault.TIMEOUT: marked("The image service timed out, so I can't tell whether the image was drawn."),
    Fault.CUT: marked("The connection broke after the request was sent, so I can't tell whether the image was drawn."),
    Fault.UNCLEAR: marked(
        "I couldn't understand the image service's answer, so I can't tell whether the image was drawn."
    ),
    Fault.CRASHED: marked("I was restarted while the image was being drawn, so I can't tell whether it was finished."),
    Fault.RESTORED: marked("My records are an older copy, so I can't tell whether the image was drawn."),
    Fault.ABSENCE: marked("I was away for more than an hour while this waited, so I didn't draw it any more."),
    Fault.STORAGE: marked("The image was drawn, but I had no room to store it. Please tell the bot's owner."),
}


def asked(texts: Language, user: User, request: ImageRequest) -> Line:
    """Return the line that says which user asked for what."""
    return texts.say(
        "{person}: {prompt}", person=Person(user), prompt=UserText(shorten(request.prompt, _LONGEST_PROMPT))
    )


def is_cut(prompt: str) -> bool:
    """Return whether that line has only the beginning of the prompt."""
    return len(" ".join(prompt.split())) > _LONGEST_PROMPT


def made_with(job: Job) -> Line:
    """Return the model and the chosen options, which have the same names in every language."""
    request = job.request
    chosen = (changes.size(job), request.quality, request.style, request.background, request.output_format)
    return (Code(request.model), *(f" · {value}" for value in chosen if value))


def foot(texts: Language, job: Job) -> Line:
    """Return the small last line: what it was made with, what that took, and the number that people call it by."""
    line = made_with(job)
    if job.seconds is not None:
        line = (*line, " · ", *texts.say("{seconds} s", seconds=max(1, round(job.seconds))))
    if job.cost:
        line = (*line, " · ", *texts.say("about {price}", price=texts.dollars(job.cost)))
    return (*line, " · ", Code(f"#{job.number}"))


def removed(texts: Language, job: Job, days: int) -> Line:
    """Return the line that says that a platform's copies were removed."""
    if len(job.images) > 1:
        return texts.say_counted(
            "The images were removed after {n} day.", "The images were removed after {n} days.", days
        )
    return texts.say_counted("The image was removed after {n} day.", "The image was removed after {n} days.", days)


def test(texts: Language) -> Line:
    """Return the line that says that this is a test picture."""
    return texts.say("Test picture, drawn by the bot itself. It costs nothing, and doesn't count against your quota.")


def changed(texts: Language, job: Job) -> tuple[Line, ...]:
    """Return the lines that say what was changed on the way: the model, and the options that it doesn't take."""
    model, lines = Code(job.request.model), []
    if asked := changes.model(job):
        lines.append(texts.say("Drawn with {model}: {asked} isn't available.", model=model, asked=Code(asked)))
    if left_out := changes.left_out(job):
        options = texts.enumerated([UserText(shorten(each, 40)) for each in left_out])
        lines.append(texts.say("Left out, since {model} doesn't take it: {options}.", model=model, options=options))
    return tuple(lines)


def queued(texts: Language, position: QueuePosition | None) -> Line:
    """Return the line that says where in the queue a job is."""
    number = position.number if position else 1
    if position and position.next_try:
        when = Timestamp(position.next_try, Shown.RELATIVE)
        if number > 1:
            return texts.say(
                "Number {number} in the queue. The image service has trouble; I'll try it again {when}.",
                number=number,
                when=when,
            )
        return texts.say("Next in the queue. The image service has trouble; I'll try it again {when}.", when=when)
    seconds = position.seconds if position else None
    if seconds is None:
        return (
            texts.say("Number {number} in the queue.", number=number) if number > 1 else texts.say("Next in the queue.")
        )
    duration = texts.duration(seconds)
    if number > 1:
        return texts.say("Number {number} in the queue, done in about {duration}.", number=number, duration=duration)
    return texts.say("Next in the queue, done in about {duration}.", duration=duration)


def generating(texts: Language, job: Job) -> Line:
    """Return the line that says the request was sent, and how many of several images are made."""
    when = Timestamp(job.started_at or job.created_at, Shown.RELATIVE)
    if job.request.n == 1:
        return texts.say("Drawing, started {when}.", when=when)
    return texts.say(
        "Drawing, started {when}. {made} of {asked} made.", when=when, made=len(job.images), asked=job.request.n
    )


def waiting(texts: Language, until: datetime) -> Line:
    """Return the line that says the gateway can't take the request yet, and when it is tried again."""
    return texts.say(
        "The image service can't take the request yet. I'll try again {when}.", when=Timestamp(until, Shown.RELATIVE)
    )


def delivering(texts: Language) -> Line:
    """Return the line that says the images are made and will be shown."""
    return texts.say("The images are done and on their way.")


def fewer(texts: Language, job: Job) -> Line:
    """Return the line that says only some of the images were made, and why."""
    made, asked = len(job.images), job.request.n
    if job.test or job.doubt_counted:
        short = counted(
            "Only {n} of {asked} images was made.", "Only {n} of {asked} images were made.", made, asked=asked
        )
    else:
        short = counted(
            "Only {n} of {asked} images was made. Only that one counts against your quota.",
            "Only {n} of {asked} images were made. Only those count against your quota.",
            made,
            asked=asked,
        )
    said = _both(short, reason(job, job.fault)) if job.fault else short
    return texts.line(_both(said, _also_counted(made, job.doubt_counted)) if job.doubt_counted else said)


def lost(texts: Language, n: int) -> Line:
    """Return the line that says that stored images are gone."""
    return texts.line(
        counted(
            "{n} image is missing here: it was drawn, and then lost.",
            "{n} images are missing here: they were drawn, and then lost.",
            n,
        )
    )


def revised(texts: Language, prompt: str) -> Line:
    """Return the line that shows the prompt as the model changed it."""
    return texts.say("The model read it as: {prompt}", prompt=UserText(shorten(prompt, 600)))


def cancelled(texts: Language) -> Line:
    """Return the line that says a job was cancelled."""
    return texts.say("Cancelled while waiting. Nothing was charged.")


def stopped(texts: Language, job: Job) -> Line:
    """Return the line that says a job was stopped."""
    if job.test:
        return texts.say("Stopped.")
    if not job.sent:
        return texts.say("Stopped before it was sent. Nothing was charged.")
    return texts.say_counted(
        "Stopped. The request had already been sent, so {n} image counts against your quota.",
        "Stopped. The requests had already been sent, so {n} images count against your quota.",
        job.sent,
    )


def unclear(texts: Language) -> Line:
    """Return the line that says a newer release runs the job, in a state unknown to this one."""
    return texts.say("Another version of this bot is working on this image; I can't tell how far it is.")


def reason(job: Job, fault: Fault) -> Message:
    """Return the sentences about a fault: what went wrong, and what to do."""
    return Message(FAULTS[fault], {"model": Code(job.request.model)})


def ended(texts: Language, job: Job, fault: Fault) -> Line:
    """Return the line that says why there are no images, what it cost, and what to do next.

    What the gateway bills doesn't concern the asker, but it isn't called free either.
    """
    why = reason(job, fault)
    if job.doubt_counted:
        return texts.say_counted(
            "{why} After as many unknown outcomes as your quota has images, this one counts: {n} image. "
            "Press Again to try once more.",
            "{why} After as many unknown outcomes as your quota has images, this one counts: {n} images. "
            "Press Again to try once more.",
            job.doubt_counted,
            why=why,
        )
    # After an absence the ledger may be an older copy, so nobody can say that nothing was charged.
    if job.status is Status.UNKNOWN or fault is Fault.ABSENCE:
        return texts.say("{why} It doesn't count against your quota. Press Again to try once more.", why=why)
    if fault.billed:
        return texts.say("{why} It doesn't count against your quota.", why=why)
    return texts.say("{why} Nothing was charged.", why=why)


def alt(texts: Language, request: ImageRequest, index: int, count: int) -> str:
    """Return a plain-text description of an image, for users who can't see it."""
    prompt = shorten(request.prompt, 800)
    if count > 1:
        return texts.label(
            "AI-generated: image {number} of {count} by {model}: {prompt}",
            number=index + 1,
            count=count,
            model=request.model,
            prompt=prompt,
        )
    return texts.label("AI-generated: image by {model}: {prompt}", model=request.model, prompt=prompt)


def shorten(text: str, limit: int = _PREVIEW) -> str:
    """Shorten a text to at most `limit` characters, on one line, with an ellipsis if it was longer."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def _both(first: Message, second: Message) -> Message:
    return message("{first} {second}", first=first, second=second)


def _also_counted(made: int, doubt: int) -> Message:
    return counted(
        "After as many unknown outcomes as your quota has images, {all} count against it, {n} of them in doubt.",
        "After as many unknown outcomes as your quota has images, {all} count against it, {n} of them in doubt.",
        doubt,
        all=made + doubt,
    )
