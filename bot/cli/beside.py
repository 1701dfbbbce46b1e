"""Imports in a thread, while the main thread imports something else."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread


@contextmanager
def aiohttp_beside() -> Iterator[None]:
    """Import aiohttp beside what is imported in the context.

    As a part of that, OpenSSL reads the system's certificates twice, and while it does, Python goes on.
    """
    beside = Thread(target=_import_aiohttp, name="import of aiohttp")
    beside.start()
    try:
        yield
    finally:
        beside.join()


def _import_aiohttp() -> None:
    with suppress(ImportError):  # it is raised again where it is needed
        import aiohttp  # noqa: F401  it is only to be loaded
