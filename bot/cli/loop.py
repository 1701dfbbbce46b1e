"""The event loop of a bot that serves: uvloop's where that is installed, asyncio's own elsewhere."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


def run(main: Coroutine[Any, Any, int], *, serves: bool) -> int:
    """Run a command to its end. One that doesn't serve ends before uvloop's import has paid off."""
    with asyncio.Runner(loop_factory=_fast() if serves else None) as runner:
        return runner.run(main)


def _fast() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # it has no wheels for this system: see pyproject.toml
        return None
    return uvloop.new_event_loop
