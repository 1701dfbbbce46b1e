"""The terminal that the operator sits at: lines are read without echo, unless they aren't secret."""

import asyncio
import os
import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from shutil import get_terminal_size
from typing import Protocol, TextIO

from bot.cli.setup.wrapping import wrapped
from bot.cli.terminal import one_line

_LONGEST_LINE = 65536
_ENDS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Console(Protocol):
    """What the dialogue needs of a terminal. Reading raises EOFError once nothing more can come."""

    def show(self, text: str) -> None:
        """Show a line, or several."""
        ...

    async def ask(self, prompt: str) -> str:
        """Return the line that is typed."""
        ...

    async def secret(self, prompt: str) -> str:
        """Return the line that is typed, which is not shown."""
        ...

    async def wait(self, seconds: float) -> str | None:
        """Return the line that is typed meanwhile, or None after so many seconds."""
        ...


class Terminal:
    """A real one. Between questions nothing that is typed or pasted is shown: it may be the rest of a secret."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._in = out, sys.stdin.fileno()
        self._read = bytearray()

    @contextmanager
    def at_hand(self) -> Iterator["Terminal"]:
        """Use it; at the end it is as it was, also if a signal ends it.

        The loop's own handlers make it wake up for any signal, Ctrl-C too: without one, a signal that comes just before
        the loop begins to wait is seen only after the next line that is typed.
        """
        before = termios.tcgetattr(self._in)

        def restore() -> None:
            with suppress(termios.error):  # it may be gone
                termios.tcsetattr(self._in, termios.TCSADRAIN, before)

        def end(number: int) -> None:
            restore()
            loop.remove_signal_handler(number)
            os.kill(os.getpid(), number)

        loop = asyncio.get_running_loop()
        handled = [number for number in _ENDS if signal.getsignal(number) is not signal.SIG_IGN]
        for number in handled:
            loop.add_signal_handler(number, end, number)
        try:
            self._echo(shown=False)
            yield self
        finally:
            restore()
            for number in handled:
                loop.remove_signal_handler(number)

    def show(self, text: str) -> None:
        """Show lines, broken between words. A link is never broken by more than the terminal itself does."""
        width = max(get_terminal_size().columns - 1, 20)
        for line in map(one_line, text.split("\n")):  # it may hold a name that somebody else chose
            self._write(wrapped(line, width) + "\n")

    async def ask(self, prompt: str) -> str:
        """Return the line that is typed."""
        self._echo(shown=True)
        self._write(prompt)
        try:
            return await self._line()
        finally:
            self._echo(shown=False)

    async def secret(self, prompt: str) -> str:
        """Return the line that is typed, which is not shown."""
        self._write(prompt)
        try:
            return await self._line()
        finally:
            self._write("\n")

    async def wait(self, seconds: float) -> str | None:
        """Return the line that is typed meanwhile, or None after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                return await self._line()
        except TimeoutError:
            return None

    def _write(self, text: str) -> None:
        with suppress(OSError):  # the terminal may be gone; then the next line that is read says so
            self._out.write(text)
            self._out.flush()

    def _echo(self, *, shown: bool) -> None:
        with suppress(termios.error):
            modes = termios.tcgetattr(self._in)
            modes[3] = modes[3] | termios.ECHO if shown else modes[3] & ~termios.ECHO
            termios.tcsetattr(self._in, termios.TCSADRAIN, modes)

    async def _line(self) -> str:
        loop, ready = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._in, ready.set)
        try:
            while b"\n" not in self._read:
                await ready.wait()
                ready.clear()
                self._more()
        finally:
            loop.remove_reader(self._in)
        line, _, rest = self._read.partition(b"\n")
        self._read = bytearray(rest)
        return line.decode(errors="replace").rstrip("\r")

    def _more(self) -> None:
        try:
            some = os.read(self._in, 4096)
        except OSError:  # the other end of a pseudo-terminal was closed
            some = b""
        if not some:
            raise EOFError
        if len(self._read) < _LONGEST_LINE or b"\n" in some:
            self._read += some
