"""English: a job's progress and outcome, quota, history, help, and every label."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from bot.core.catalogue.options import MAX_IMAGES
from bot.core.language.channels import EnglishChannels
from bot.core.language.page import PAGE
from bot.core.language.refusals import EnglishRefusals, listed
from bot.core.model import Action, Fault, ImageRequest, Job, QueuePosition, Status, Usage, User, Window
from bot.core.replies import Code, Line, Link, Person, Shown, Strong, Timestamp, Typed, UserText

_PREVIEW = 180


class English(EnglishRefusals, EnglishChannels):
    """The bot in English."""

    actions: ClassVar[dict[Action, str]] = {
        Action.AGAIN: "Again",
        Action.EDIT: "Edit prompt",
        Action.CANCEL: "Cancel",
        Action.STOP: "Stop",
        Action.SHOW: "Show images",
        Action.PAGE: "More",
        Action.UNCLEAR: "Unknown",
    }
    page: ClassVar[Mapping[str, str]] = PAGE
    older, newer = "Older", "Newer"
    form_title, form_label, form_submit, form_cancel = "Imagine", "Prompt", "Imagine", "Cancel"
    edit_title = "Edit prompt"

    commands: ClassVar[dict[str, str]] = {
        "imagine": "Draw what you describe",
        "quota": "See how many images you have left",
        "history": "See what was drawn for you",
        "help": "See what you can type",
    }
    examples: ClassVar[dict[str, str]] = {"imagine": "a paper boat at dusk --size landscape"}
    options: ClassVar[dict[str, str]] = {
        "prompt": "What to draw, in your own words",
        "model": "The image model",
        "size": "square, landscape, portrait, or a size in pixels such as 1024x1024",
        "quality": "How much care the model takes; more costs more",
        "style": "vivid or natural, for models that know styles",
        "n": f"How many images, 1 to {MAX_IMAGES}",
        "background": "transparent or opaque, for models that can",
        "output_format": "png, jpeg or webp, for models that can",
        "ar": "The aspect ratio, such as 16:9, in place of a size",
    }

    # A job's progress and outcome

    def asked(self, user: User, request: ImageRequest) -> Line:
        """Return the line that says which user asked for what."""
        return (Person(user), ": ", UserText(shorten(request.prompt)))

    def made_with(self, request: ImageRequest) -> Line:
        """Return the line that names the model and the chosen options."""
        chosen = (request.size, request.quality, request.style, request.background, request.output_format)
        return (Code(request.model), *(f" · {value}" for value in chosen if value))

    def queued(self, position: QueuePosition | None) -> Line:
        """Return the line that says where in the queue a job is."""
        if position is None or position.number <= 1:
            waiting = "Next in the queue"
        else:
            waiting = f"Number {position.number} in the queue"
        if position is None or position.seconds is None:
            return (f"{waiting}.",)
        return (f"{waiting}, {duration(position.seconds)} until it is done.",)

    def generating(self, since: datetime) -> Line:
        """Return the line that says the request was sent."""
        return ("Drawing, started ", Timestamp(since, Shown.RELATIVE), ".")

    def delivering(self) -> Line:
        """Return the line that says the images are made and will be shown."""
        return ("Drawn; the images are on their way.",)

    def fewer(self, made: int, asked: int, fault: Fault | None) -> Line:
        """Return the line that says only some of the images were made, and why."""
        why = f" {self.faults[fault]}" if fault else ""
        return (f"Only {made} of {asked} images {_were(made)} made, and only {_these(made)} counted.{why}",)

    def waiting(self, until: datetime) -> Line:
        """Return the line that says the gateway can't take the request yet, and when it is tried again."""
        return (
            "The image service can't take the request yet. The next try is ",
            Timestamp(until, Shown.RELATIVE),
            ".",
        )

    def revised(self, prompt: str) -> Line:
        """Return the line that shows the prompt as the model changed it."""
        return ("The model read it as: ", UserText(shorten(prompt, 600)))

    def cancelled(self) -> Line:
        """Return the line that says a job was cancelled."""
        return ("Cancelled while it waited. Nothing was drawn and nothing counts against your quota.",)

    def stopped(self, n: int) -> Line:
        """Return the line that says a job was stopped."""
        return (f"Stopped. The request had been sent already, so {_images(n)} counted against your quota.",)

    def undelivered(self) -> Line:
        """Return the line that says the images can only be seen in the history."""
        return ("The images are drawn, but could not be shown here. Find them with ", Typed.of("history"), ".")

    def unclear(self) -> Line:
        """Return the line that says a newer release runs the job, in a state unknown to this one."""
        return ("Another version of the bot looks after this image; this one doesn't know how far it is.",)

    def ended(self, job: Job, fault: Fault) -> Line:
        """Return the line that says why there are no images, what it cost, and what to do next."""
        if job.status is Status.UNKNOWN:
            return (f"{self.faults[fault]} Nothing counts against your quota. Press Again for another try.",)
        return (f"{self.faults[fault]} Nothing was charged.",)

    faults: ClassVar[dict[Fault, str]] = {
        Fault.CONTENT_POLICY: "The model refused this prompt under its content policy. Word it differently.",
        Fault.BAD_REQUEST: "The image service refused these options for this model. Try fewer, or another model.",
        Fault.AUTH: "The bot is out of order: the image service refuses its key. Its operator has to set a new one.",
        Fault.FORBIDDEN: "The image service doesn't let this bot use that model. Choose another one.",
        Fault.BALANCE: "The bot is out of order: its balance is used up. Its operator has to top it up.",
        Fault.RATE_LIMIT: "The image service takes no more requests at the moment. Try again in a minute.",
        Fault.MODEL_UNAVAILABLE: "The image service has no room for this model now. Choose another one, or try later.",
        Fault.BUSY: "The model is busy. Try again in a minute.",
        Fault.GATEWAY: "The image service failed. Try again in a minute.",
        Fault.MISCONFIGURED: "The bot's image service is set up wrongly. Its operator has to look at it.",
        Fault.EMPTY: "The model returned no image, most likely because it filtered the prompt. Word it differently.",
        Fault.BAD_IMAGE: "The image service sent something that is no image. Try again, or choose another model.",
        Fault.IMAGE_LOST: "The image was drawn, but could not be fetched from the service. Try again in a minute.",
        Fault.NOT_CONNECTED: "The image service could not be reached. Try again in a minute.",
        Fault.TIMEOUT: "The image service did not answer in time, so nobody can say whether the image was drawn.",
        Fault.CUT: "The connection broke after the request was sent, so nobody can say whether the image was drawn.",
        Fault.UNCLEAR: "The image service's answer made no sense, so nobody can say whether the image was drawn.",
        Fault.CRASHED: "The bot was restarted while the image was being drawn, so nobody can say whether it was.",
        Fault.STORAGE: "The image was drawn, but the bot had no room to keep it. Its operator has to look at it.",
    }

    def alt(self, request: ImageRequest, index: int, count: int) -> str:
        """Return a plain-text description of an image, for users who can't see it."""
        which = f"Image {index + 1} of {count}" if count > 1 else "Image"
        return f"{which} by {request.model}: {shorten(request.prompt, 800)}"

    # Answers to buttons

    def cancelling(self) -> Line:
        """Return the line that confirms a press of Cancel."""
        return ("Cancelled. Nothing was charged.",)

    def stopping(self, n: int) -> Line:
        """Return the line that confirms a press of Stop."""
        return (f"Stopped. It had been sent already, so {_images(n)} counted against the asker's quota.",)

    # Quota, history, help

    def quota(self, usage: Usage, quota: int, window: Window, period: str) -> tuple[Line, ...]:
        """Return the lines that say what is left of the quota."""
        left = max(0, quota - usage.used - usage.reserved)
        waiting = f", {usage.reserved} on the way" if usage.reserved else ""
        when = {"day": "today", "week": "this week", "month": "this month"}[period]
        return (
            (Strong(f"{left} of {quota}"), f" images left {when} ({usage.used} used{waiting})."),
            ("Your quota starts anew ", Timestamp(window.end, Shown.RELATIVE), "."),
        )

    def no_history(self) -> Line:
        """Return the line for an empty history."""
        return ("Nothing has been drawn for you yet. Try ", Typed.of("imagine", "a paper boat at dusk"), ".")

    def history_title(self) -> Line:
        """Return the title of the history."""
        return (Strong("Your images"), ", newest first.")

    def history_entry(self, job: Job) -> tuple[Line, ...]:
        """Return the lines for one job of the history."""
        where: Line = (UserText(job.origin.conversation.name),) if job.origin.conversation.name else ()
        link: Line = (Link("posted here", job.origin.address.link),) if job.origin.address.link else ()
        said: Line = (" · ", *where, *(" " for _ in (1,) if where and link), *link) if where or link else ()
        return (
            (UserText(shorten(job.request.prompt)),),
            (Timestamp(job.created_at), " · ", *self.made_with(job.request), *said, f" · {self.statuses[job.status]}"),
        )

    statuses: ClassVar[dict[Status, str]] = {
        Status.QUEUED: "waiting",
        Status.GENERATING: "being drawn",
        Status.DELIVERING: "on its way",
        Status.DELIVERED: "shown",
        Status.UNDELIVERED: "not shown yet",
        Status.CANCELLED: "cancelled",
        Status.STOPPED: "stopped",
        Status.FAILED: "failed",
        Status.UNKNOWN: "outcome unknown",
        Status.UNCLEAR: "known to another version of the bot",
    }

    def help(self, default_model: str, models: tuple[str, ...], flags: tuple[str, ...]) -> tuple[Line, ...]:
        """Return the lines that explain what can be typed."""
        return (
            (Typed.of("imagine", "a paper boat --size landscape"), " draws what you describe."),
            ("These can be added:",),
            *((Code(f"--{flag}"), f": {_uncapitalised(self.options[flag])}.") for flag in flags),
            ("The default model is ", Code(default_model), "; you can choose ", *listed(models), "."),
            (Typed.of("quota"), " shows what you have left, and ", Typed.of("history"), " what was drawn for you."),
        )


def shorten(text: str, limit: int = _PREVIEW) -> str:
    """Shorten a text to at most `limit` characters, on one line, with an ellipsis if it was longer."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def duration(seconds: float) -> str:
    """Return roughly how long something takes, in everyday words."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 90:
        return f"about {round(seconds / 5) * 5} seconds"
    return f"about {round(seconds / 60)} minutes"


def _uncapitalised(text: str) -> str:
    return f"{text[0].lower()}{text[1:]}"


def _images(n: int) -> str:
    return "1 image is" if n == 1 else f"{n} images are"


def _were(n: int) -> str:
    return "was" if n == 1 else "were"


def _these(n: int) -> str:
    return "that one is" if n == 1 else f"those {n} are"
