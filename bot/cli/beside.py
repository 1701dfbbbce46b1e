"""What is read in a thread while something else is imported."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from bot.outgoing.certificates import system, unread


@contextmanager
def certificates_beside() -> Iterator[None]:
    """Import aiohttp, and read the system's certificates beside what is imported in the context.

    OpenSSL takes a tenth of the start for that, and while it does, Python goes on.
    """
    with unread():
        import aiohttp  # noqa: F401  it is only to be loaded
    beside = Thread(target=system, name="reading certificates")
    beside.start()
    try:
        yield
    finally:
        beside.join()
