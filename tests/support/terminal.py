"""A pseudo-terminal with somebody at it: what is on its screen, and what they type."""

import asyncio
import fcntl
import os
import pty
import re
import struct
import sys
import termios
from asyncio.subprocess import Process
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.process import environment
from tests.support.zygote import Forked, fork, sit_at_terminal

_BROKEN_JAPANESE = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uff60]) (?=[\u3000-\u9fff\uff00-\uff60])")
CTRL_C, CTRL_D = "\x03", "\x04"


class Operator:
    """Somebody who runs a command of `imagine-bot` at a terminal.

    `preloaded` forks it from a process that has imported the bot; else it is a process with a command line of its own.
    """

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        settings: Mapping[str, object],
        columns: int = 80,
        preloaded: bool = True,
    ) -> None:
        self._folder, self._arguments, self._settings = folder, arguments, settings
        self._columns, self._preloaded = columns, preloaded
        self._read = b""
        self._seen = 0
        self._changed = asyncio.Event()
        self.process: Forked | Process | None = None

    @property
    def screen(self) -> str:
        """All that was shown, as it is broken into lines."""
        return self._read.decode(errors="replace").replace("\r\n", "\n")

    @property
    def text(self) -> str:
        """The same as one line: where Japanese is broken, it has no space."""
        return _BROKEN_JAPANESE.sub("", " ".join(self.screen.split()))

    @property
    def echoes(self) -> bool:
        """Whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self._master)[3] & termios.ECHO)

    @property
    def command_line(self) -> str:
        """What everybody on the machine sees of it."""
        assert self.process
        return Path(f"/proc/{self.process.pid}/cmdline").read_text()

    async def __aenter__(self) -> Self:
        self._master, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, self._columns, 0, 0))
        os.set_blocking(self._master, False)
        asyncio.get_running_loop().add_reader(self._master, self._more)
        whole = environment({"http_port": 0, **self._settings})
        if self._preloaded:
            self.process = await fork(self._arguments, self._folder, whole, terminal=terminal)
        else:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "bot", *self._arguments),
                cwd=self._folder,
                env=whole,
                stdin=terminal,
                stdout=terminal,
                stderr=terminal,
                preexec_fn=sit_at_terminal,
            )
        os.close(terminal)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.get_running_loop().remove_reader(self._master)
        assert self.process
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        os.close(self._master)

    async def sees(self, words: str, seconds: float = 30) -> None:
        """Wait until something is shown, after what was waited for before. Where lines are broken doesn't matter."""
        try:
            async with asyncio.timeout(seconds):
                while (found := self.text.find(words, self._seen)) < 0:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"{words!r} isn't shown after {self._seen} in:\n{self.screen}") from None
        self._seen = found + len(words)

    async def types(self, text: str = "", *, enter: bool = True) -> None:
        """Type or paste something."""
        left = (text + "\n" * enter).encode()
        while left:
            try:
                left = left[os.write(self._master, left) :]
            except BlockingIOError:
                await asyncio.sleep(0.01)

    async def ended(self) -> int:
        """Wait for the end, and return the exit status."""
        assert self.process
        async with asyncio.timeout(60):
            return await self.process.wait()

    def _more(self) -> None:
        try:
            self._read += os.read(self._master, 65536)
        except OSError:  # nobody is at the other end
            asyncio.get_running_loop().remove_reader(self._master)
        self._changed.set()
