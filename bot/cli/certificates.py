"""How a start reads the system's certificates: in a thread, while modules are imported."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from bot.outgoing.certificates import system, unread


@contextmanager
def reading_certificates() -> Iterator[None]:
    """Import aiohttp, then read the certificates in a thread, until the context ends.

    OpenSSL takes a tenth of the start for that, and while it does, Python goes on.
    """
    with unread():
        import aiohttp  # noqa: F401  it is only to be loaded
    thread = Thread(target=system, name="reading certificates")
    thread.start()
    try:
        yield
    finally:
        thread.join()
