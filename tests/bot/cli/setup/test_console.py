"""The terminal of the dialogue, on a pseudo-terminal."""

import asyncio
import io
import os
import pty
import signal
import threading
from collections.abc import Iterator

import pytest

from bot.cli.setup.console import Terminal


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    master, slave = pty.openpty()
    with os.fdopen(slave) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        yield Terminal(io.StringIO())
    os.close(master)


@pytest.fixture
def another_thread() -> Iterator[None]:
    """Let signals come to another thread: the system interrupts no wait of this one for them."""
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)  # where the tests run, it may be ignored
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    signal.signal(signal.SIGINT, handler)
    done.set()
    thread.join()


@pytest.mark.usefixtures("another_thread")
def test_ctrl_c_is_seen_also_where_it_does_not_interrupt_the_wait_for_a_line(terminal: Terminal) -> None:
    woken_by_itself: list[bool] = []

    async def asks() -> None:
        asyncio.get_running_loop().call_later(5, woken_by_itself.append, True)
        with terminal.at_hand():
            threading.Timer(0.2, os.kill, args=(os.getpid(), signal.SIGINT)).start()  # when the loop waits
            await terminal.secret("token: ")

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(asks())
    assert not woken_by_itself
