"""Processes of the bot, forked from one that has imported it: importing it takes longer than most of what is tested.

What is forked is a process like any other, with the bot's own command line as its main function, or another one: it can
be killed, frozen and asked to end. `python -m tests.support.zygote SOCKET` is the process that forks, until its input
ends.
"""

import asyncio
import fcntl
import gc
import json
import os
import resource
import selectors
import signal
import socket
import sys
import termios
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.support import shared

ROOT = Path(__file__).parents[2]
COMMAND_LINE = "bot.cli.main"
# What the bot imports when it needs it is here too: most of a start with an empty database is the import of alembic.
_PRELOADED = (
    COMMAND_LINE,
    "bot.cli.serving",
    "bot.cli.doctor",
    "bot.cli.setup.command",
    "bot.sandbox",
    "adapters.discord.adapter",
    "adapters.discord.setup",
    "adapters.slack.adapter",
    "adapters.slack.copies",
    "adapters.slack.setup",
    "adapters.web.adapter",
    *(["uvloop"] if find_spec("uvloop") else []),
    "bot.cli.loop",
    "adapters.slack.manifest",
    "adapters.discord.invite",
    "alembic.command",
    "alembic.config",
    "aiosqlite",
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "storage.backup",
    "storage.database.postgres",
    "storage.database.sqlite_schema",
    "storage.ledger.partial_indexes",
    "encodings.idna",
    "importlib.readers",
    "_strptime",
    "tests.chaos.process",
)


class Forked:
    """One such process, as asyncio's own processes are: standard output and error can be read."""

    def __init__(
        self,
        pid: int,
        ended: asyncio.Task[int],
        out: asyncio.StreamReader,
        err: asyncio.StreamReader,
        close_output: Callable[[], None],
    ) -> None:
        self.pid, self._ended = pid, ended
        self.stdout, self.stderr = out, err
        self.close_output = close_output
        """Makes every further write to its standard output fail."""

    @property
    def returncode(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return self._ended.result() if self._ended.done() else None

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if not self._ended.done():
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    async def wait(self) -> int:
        """Wait for its end, and return the exit status."""
        return await asyncio.shield(self._ended)

    async def communicate(self) -> tuple[bytes, bytes]:
        """Wait for its end, and return what it has written since."""
        out, err = await asyncio.gather(self.stdout.read(), self.stderr.read())
        await self.wait()
        return out, err


async def fork(
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    module: str = COMMAND_LINE,
    descriptors: tuple[int, int] | None = None,
    terminal: int | None = None,
) -> Forked:
    """Run a module's `main` with these arguments, in this folder and with nothing else in the environment.

    `descriptors` are the soft and the hard limit of what it may open; the machine's if it is None. It reads from and
    writes to a `terminal`, if there is one.
    """
    out, out_end, out_transport = await _pipe()
    err, err_end, _ = await _pipe()
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(_zygote()))
    asked = {
        "module": module,
        "arguments": list(arguments),
        "folder": str(folder),
        "environment": dict(environment),
        "descriptors": descriptors,
        "terminal": terminal is not None,
    }
    ends = [out_end, err_end] if terminal is None else [terminal, terminal]
    socket.send_fds(connection, [json.dumps(asked).encode()], ends)
    for end in (out_end, err_end):
        os.close(end)
    reader, writer = await asyncio.open_connection(sock=connection)
    pid = int(await reader.readline())

    async def ended() -> int:
        try:
            return int(await reader.readline())
        finally:
            writer.close()

    return Forked(pid, asyncio.create_task(ended()), out, err, out_transport.close)


async def _pipe() -> tuple[asyncio.StreamReader, int, asyncio.ReadTransport]:
    here, there = os.pipe()
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(here, "rb", buffering=0)
    )
    return reader, there, transport


@cache
def _zygote() -> Path:
    """Start the process that forks, once for all processes of a run of tests, and return the path of its socket."""
    path = shared.folder() / "zygote"
    with shared.alone("zygote"):
        if not path.exists():
            command = [sys.executable, "-m", "tests.support.zygote", str(path)]
            here, there = os.pipe()
            with shared.until_the_end() as end:
                # Not by `subprocess`, which expects that it ends before this process: others may still need it.
                os.posix_spawn(
                    sys.executable,
                    command,
                    {**os.environ, "PYTHONPATH": str(ROOT)},
                    file_actions=[(os.POSIX_SPAWN_DUP2, end.fileno(), 0), (os.POSIX_SPAWN_DUP2, there, 1)],
                )
            os.close(there)
            with os.fdopen(here, "rb") as said:
                assert said.readline() == b"ready\n"
    return path


def _serve(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as listening, selectors.DefaultSelector() as selector:
        listening.bind(path)
        listening.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        askers: dict[int, socket.socket] = {}
        with _woken_by_children() as woken:
            for waited_for in (listening, woken, sys.stdin):
                selector.register(waited_for, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if sys.stdin in ready:
                    return
                if woken in ready:
                    woken.recv(4096)
                    _tell_ends(askers)
                if listening in ready:
                    _answer(listening.accept()[0], askers)


def _answer(asker: socket.socket, askers: dict[int, socket.socket]) -> None:
    """Fork, and tell the process's id. A test that has given up meanwhile leaves the others what they need."""
    pid = 0
    try:
        pid = _fork(asker)
        asker.sendall(b"%d\n" % pid)
    except (OSError, ValueError):
        asker.close()
        if pid:
            os.kill(pid, signal.SIGKILL)
        return
    askers[pid] = asker


def _fork(asker: socket.socket) -> int:
    message, descriptors, _, _ = socket.recv_fds(asker, 1 << 20, 2)
    asked = json.loads(message)
    pid = os.fork()
    if pid:
        for descriptor in descriptors:
            os.close(descriptor)
        return pid
    status = 1
    try:
        _become(asked, descriptors)
        status = import_module(asked["module"]).main(asked["arguments"])
    except SystemExit as error:  # argparse's way to end
        status = error.code if isinstance(error.code, int) else 1
    except BaseException:  # noqa: BLE001  what the interpreter would do with it
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _become(asked: Mapping[str, Any], descriptors: Sequence[int]) -> None:
    signal.set_wakeup_fd(-1)
    for inherited in (signal.SIGCHLD, signal.SIGHUP, signal.SIGQUIT):  # where the tests run, they may be ignored
        signal.signal(inherited, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a process that a shell starts in the foreground
    source = descriptors[0] if asked["terminal"] else os.open(os.devnull, os.O_RDONLY)
    for number, descriptor in enumerate((source, *descriptors)):
        os.dup2(descriptor, number)
    os.closerange(3, 256)
    if asked["terminal"]:
        sit_at_terminal()
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    if asked["descriptors"]:
        resource.setrlimit(resource.RLIMIT_NOFILE, tuple(asked["descriptors"]))


def sit_at_terminal() -> None:
    """Let the terminal on standard input send its signals, such as the one of Ctrl-C, to this process."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _tell_ends(askers: dict[int, socket.socket]) -> None:
    while askers:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        if pid not in askers:  # its asker had gone
            continue
        with askers.pop(pid) as asker:
            try:
                asker.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
            except OSError:
                continue  # nobody waits for it any more


def _preload() -> None:
    """Import, and make what every bot makes: the rules of the settings, the languages, and its SQL."""
    for name in _PRELOADED:
        import_module(name)
    import_module("bot.settings").Settings.model_rebuild()
    languages = import_module("bot.core.language.catalogues").catalogues()
    for locale in languages.names:
        languages.speak(locale).number(1.5)  # a small whole one needs no format
    asyncio.run(import_module("tests.support.warm").draw_once())
    gc.freeze()  # so that the collector of each fork copies no page of this


@contextmanager
def _woken_by_children() -> Iterator[socket.socket]:
    here, there = socket.socketpair()
    with here, there:
        there.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(there.fileno())
        yield here


if __name__ == "__main__":
    _preload()
    _serve(sys.argv[1])
