"""Start and end the measured processes, and read how much they use."""

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.discord_server import TOKEN
from benchmarks.ledgers import Ledgers
from benchmarks.observed import ANSWER
from benchmarks.slack_server import APP_TOKEN, BOT_TOKEN
from tests.support.process import ROOT, BotProcess

_OF_ALL_THREADS = 2
_LOOKED_EVERY = 0.005
"""How many seconds are between two looks whether a bot is ready. A start is shorter than twenty of the tests' looks."""
Json = dict[str, Any]


@asynccontextmanager
async def module(*arguments: str, root: Path = ROOT) -> AsyncIterator[tuple[Process, str]]:
    """Run `python -m …`, of this version or of the one at `root`. Yield the process, and the first line it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdin=PIPE,
        stdout=PIPE,
    )
    try:
        if process.stdout is None:
            raise RuntimeError("no output")
        yield process, (await process.stdout.readline()).decode()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class TooBusy(Exception):
    """Some jobs weren't accepted or drawn in time, so the run says nothing."""


class World:
    """The servers' process, as seen by the benchmarks."""

    def __init__(self, pid: int, port: int, ledgers: Ledgers) -> None:
        self.pid, self.port, self.ledgers = pid, port, ledgers

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator["World"]:
        """Start the process."""
        async with module("benchmarks.servers") as (process, line), Ledgers.new() as ledgers:
            yield cls(process.pid, json.loads(line)["port"], ledgers)

    async def run(self, **asked: object) -> Json:
        """Make users ask for images; see `benchmarks.servers`. Raises TooBusy if some came to nothing."""
        ran = await self._control("run", asked)
        late = ran["seconds"] == float("inf") and not asked.get("only_acknowledgements")
        if late or (ran["refused"] and not asked.get("may_refuse")):
            raise TooBusy(f"of {asked['jobs']} jobs {ran['refused']} were refused, and {ran['done']} have ended")
        return ran

    async def drawing(self, delay: float) -> float:
        """Let each image take so many seconds. Return how long all took since this was last set."""
        seconds: float = (await self._control("drawing", {"delay": delay}))["seconds"]
        return seconds

    async def _control(self, what: str, asked: Mapping[str, object]) -> Json:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session,
            session.post(f"http://127.0.0.1:{self.port}/control/{what}", json=asked) as response,
        ):
            response.raise_for_status()
            answer: Json = await response.json()
            return answer

    def settings(self, platform: str) -> Mapping[str, object]:
        """Return the settings that connect a bot to these servers."""
        address = f"127.0.0.1:{self.port}"
        settings: Mapping[str, Mapping[str, object]] = {
            "discord": {
                "discord_token": TOKEN,
                "discord_api_url": f"http://{address}/api/v10",
                "discord_gateway_url": f"ws://{address}/gateway",
            },
            "slack": {
                "slack_bot_token": BOT_TOKEN,
                "slack_app_token": APP_TOKEN,
                "slack_api_url": f"http://{address}/slack/",
            },
            "playground": {"playground": 1},
        }
        return settings[platform]

    @asynccontextmanager
    async def bot(
        self, platform: str, *, root: Path = ROOT, module: str = "bot", **settings: Any
    ) -> AsyncIterator["Bot"]:
        """Run the whole bot, of this version or of the one at `root`, with limits that are never reached."""
        wide = {"quota_images": 10**6, "max_open_jobs_per_user": 10**6, "max_waiting_jobs": 10**6}
        gateway = {"cometapi_key": "key", "cometapi_base_url": f"http://127.0.0.1:{self.port}/v1"}
        with tempfile.TemporaryDirectory() as folder:
            asked = {**gateway, **wide, **self.settings(platform), **settings}
            process = Bot(Path(folder), asked, root=root, module=module)
            await process.start()
            try:
                yield process
            finally:
                process.kill()
                await process.ended()


class Bot(BotProcess):
    """The bot's process, as `module` runs it."""

    def __init__(self, folder: Path, settings: Mapping[str, object], *, root: Path = ROOT, module: str = "bot") -> None:
        super().__init__(folder, settings, root=root, preloaded=False, looked_every=_LOOKED_EVERY)
        self._runs = module

    async def answer(self, number: signal.Signals) -> str:
        """Send it a signal, and return what it then answers on a line of standard output."""
        self.send(number)
        while not (line := await self.said()).startswith(ANSWER):
            pass  # the bot's own words
        return line.removeprefix(ANSWER)

    async def _started(self) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", self._runs, "run", cwd=self._folder, env=self._environment, stdout=PIPE, stderr=PIPE
        )


def processor_seconds(pid: int) -> float:
    """Return the processor time of a process in seconds, that of ended threads too.

    The clock of a process is made of its id: https://man7.org/linux/man-pages/man3/clock_getcpuclockid.3.html.
    """
    return time.clock_gettime((~pid << 3) | _OF_ALL_THREADS)


def written_bytes(pid: int) -> int:
    """Return how much a process has written to disks: https://man7.org/linux/man-pages/man5/proc_pid_io.5.html."""
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


def memory_bytes(pid: int, name: str = "VmHWM") -> int:
    """Return a process's peak resident size in bytes; with `VmRSS`, the current size."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024


def forget_peak(pid: int) -> None:
    """Reset the peak resident size: https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
