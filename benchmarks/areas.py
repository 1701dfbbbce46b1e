"""Which part of the bot a sampled stack belongs to."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.sampler import Stack

OTHER = "other threads"
AREAS: Mapping[str, Sequence[str]] = {
    "JSON": ("/json/", "orjson", "/bot/cometapi/answers"),
    "images": ("/bot/core/images/", "/PIL/"),
    "image store": ("/storage/folder.py", "/storage/images.py", "/storage/disk.py", "/storage/bucket.py", "/obstore/"),
    "ledger": ("/storage/", "/sqlalchemy/", "/asyncpg/", "sqlite_0"),
    "rendering and words": ("/render", "/bot/core/language/", "/bot/core/replies", "/bot/core/message", "/babel/"),
    "chats' libraries": ("/discord/", "/slack_sdk/", "/slack_bolt/"),
    "HTTP": ("/aiohttp/", "/yarl/", "/multidict/", "/ssl.py"),
    "gateway's client": ("/bot/cometapi/", "/bot/outgoing/"),
    "adapters": ("/adapters/",),
    OTHER: ("/bot/core/workers.py",),
    "commands, worker, rules": ("/bot/core/", "/bot/cli/"),
    "logging and metrics": ("/logging/", "/prometheus_client/"),
    "event loop, sockets": ("/asyncio/", "/selectors.py", "/uvloop/", "MainThread"),
}
"""Parts of file names, and of threads' names. The innermost call that is in one of them decides."""


@dataclass(slots=True)
class Area:
    """The seconds of an area, and of the calls in it that were innermost."""

    seconds: float = 0.0
    calls: dict[str, float] = field(default_factory=lambda: defaultdict(float))


def by_area(stacks: Mapping[Stack, float]) -> dict[str, Area]:
    """Return the areas, the largest first."""
    areas: dict[str, Area] = defaultdict(Area)
    for stack, seconds in stacks.items():
        name, call = _found(stack)
        areas[name].seconds += seconds
        areas[name].calls[call] += seconds
    return dict(sorted(areas.items(), key=lambda item: -item[1].seconds))


def _found(stack: Stack) -> tuple[str, str]:
    for call in stack:
        for name, parts in AREAS.items():
            if any(part in call for part in parts):
                return name, _short(call)
    return OTHER, _short(stack[0])


def _short(call: str) -> str:
    """Return `folder/file.py:function`."""
    return "/".join(call.rsplit("/", 2)[-2:])
