"""How a signal asks a running bot to end, and what the bot says then."""

import asyncio
import signal

from bot.core.message import Message, counted

# A closed terminal (SIGHUP) and Ctrl-\ (SIGQUIT) would end the process at once, and lose what is being drawn.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def asked_to_stop() -> asyncio.Event:
    """Return an event that is set as soon as a signal asks to end. The second Ctrl-C ends the process at once."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def ask() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # not Python's own: its exception would still wait for threads

    for number in _SIGNALS:
        # A signal that is ignored at the start stays ignored, such as SIGHUP under nohup.
        if number in {signal.SIGINT, signal.SIGTERM} or signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, ask)
    return stop


def waited_for(jobs: int, seconds: float) -> Message:
    """Return the sentence that says why the process doesn't end yet."""
    return counted(
        "Stopping: waiting for {n} job, for up to {seconds} s. Press Ctrl-C again to end at once.",
        "Stopping: waiting for {n} jobs, for up to {seconds} s. Press Ctrl-C again to end at once.",
        jobs,
        seconds=f"{seconds:g}",
    )
