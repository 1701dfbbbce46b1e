"""The bot as a process of its own, as an operator runs it: started, killed, started again."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import aiohttp

from tests.support.zygote import COMMAND_LINE, Forked, fork

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """Find a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def printed_address(line: str) -> str:
    """Return the address in a printed line."""
    return next(word for word in line.split() if word.startswith("http://"))


def environment(settings: Mapping[str, object]) -> dict[str, str]:
    """Return an environment that has these settings, and none of the machine's own.

    Unless they say which port, it is a free one: behind the default one another process may answer.
    """
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    given = {name.upper(): str(value) for name, value in settings.items()}
    return {**kept, "PYTHONPATH": str(ROOT), "HTTP_PORT": "0", **given}


async def imagine_bot(folder: Path, *arguments: str, **settings: object) -> tuple[int, str, str]:
    """Run a command to its end, and return the exit status, what it printed, and what it said on standard error."""
    process = await fork(arguments, folder, environment(settings))
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode is not None
    assert "Traceback" not in err.decode()
    return process.returncode, out.decode(), err.decode()


class BotProcess:
    """`imagine-bot run` with these settings, in an empty folder, of this checkout or of another one at `root`.

    `preloaded` forks it from a process that has imported this checkout's bot, which saves most of its start; only then
    can it be another `module`'s main function, and have limits of its own on open `descriptors` (soft, hard).
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, object],
        *,
        root: Path = ROOT,
        preloaded: bool = True,
        module: str = COMMAND_LINE,
        descriptors: tuple[int, int] | None = None,
        looked_every: float = 0.05,
    ) -> None:
        self._folder, self._root, self._module = folder, root, module
        self._preloaded, self._descriptors = preloaded and root == ROOT, descriptors
        self._looked_every = looked_every
        self._environment = {
            **environment({"http_port": 0, "playground_port": 0, **settings}),
            "PYTHONPATH": str(root),
        }
        self._has_page = bool(settings.get("playground")) and root == ROOT
        self._process: Forked | Process | None = None
        self._logging: asyncio.Task[None] | None = None
        self.url = ""
        self.page = ""
        """The address of the playground, with its key."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.kill()
        await self.ended()

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process
        return self._process.pid

    async def start(self) -> None:
        """Start it, and wait until it is ready."""
        self._process = await self._started()
        assert self._process.stdout
        assert self._process.stderr
        self._logging = asyncio.create_task(self._keep_log(self._process.stderr))
        async with asyncio.timeout(60):
            greeting = (await self._process.stdout.readline()).decode()
            assert "http://" in greeting, self.log()
            self.url = greeting[greeting.index("http://") :].split("/readyz")[0]
            if self._has_page:
                self.page = printed_address((await self._process.stdout.readline()).decode())
            await self.ready()

    async def ready(self) -> None:
        """Wait until it is connected, and at work."""
        async with aiohttp.ClientSession() as session:
            while True:
                async with session.get(f"{self.url}/readyz?all") as response:
                    if response.status == 200:
                        return
                await asyncio.sleep(self._looked_every)

    async def said(self) -> str:
        """Return the next line that it prints."""
        assert self._process
        assert self._process.stdout
        async with asyncio.timeout(60):
            return (await self._process.stdout.readline()).decode().rstrip()

    def kill(self) -> None:
        """End it at once, with no chance to tidy up."""
        if self._process and self._process.returncode is None:
            self._process.kill()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process
        self._process.send_signal(number)

    async def ended(self) -> int:
        """Wait for its end, and return the exit status."""
        assert self._process
        assert self._logging
        async with asyncio.timeout(60):
            await self._logging
            return await self._process.wait()

    async def stop(self) -> int:
        """Ask it to end, as an operator does, and return the exit status."""
        self.send(signal.SIGTERM)
        return await self.ended()

    def close_output(self) -> None:
        """Let nothing more be printed, as if its terminal had been closed."""
        assert isinstance(self._process, Forked)
        self._process.close_output()

    def log(self) -> str:
        """Return what it logged."""
        return (self._folder / "log.txt").read_text()

    async def _started(self) -> Forked | Process:
        if self._preloaded:
            return await fork(["run"], self._folder, self._environment, self._module, self._descriptors)
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", cwd=self._folder, env=self._environment, stdout=PIPE, stderr=PIPE
        )

    async def _keep_log(self, said: asyncio.StreamReader) -> None:
        with (self._folder / "log.txt").open("ab", buffering=0) as log:
            while some := await said.read(65536):
                log.write(some)
