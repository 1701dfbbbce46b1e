"""What was changed between a command and its request: people are told all of it."""

from dataclasses import asdict

from bot.core.model import Job

_SIZES = ("size", "ar")
_LONGEST_SIZE = 20


def model(job: Job) -> str | None:
    """Return the model that was asked for, or was the default, if another one took its place."""
    return job.asked.model if job.asked and job.asked.model != job.request.model else None


def size(job: Job) -> str | None:
    """Return the size that is sent, led by what was typed if that is another one: `16:9 → 1536x864`."""
    sent, typed = job.request.size, next((asked for name in _SIZES if (asked := _asked(job, name))), "")
    if not sent or not typed or typed.lower() == sent.lower():
        return sent
    return f"{typed[:_LONGEST_SIZE]} → {sent}"


def left_out(job: Job) -> tuple[str, ...]:
    """Return the options, each with its value, that were typed but aren't sent."""
    if not job.asked or not job.asked.options:
        return ()
    sent = asdict(job.request)
    names = ("quality", "style", "background", "output_format", *_SIZES)
    return tuple(
        f"{name} {asked}"
        for name in names
        if (asked := _asked(job, name)) and sent["size" if name in _SIZES else name] is None
    )


def _asked(job: Job, name: str) -> str:
    return job.asked.options.get(name, "").strip() if job.asked else ""
