"""The certificates that the bot trusts: the machine's own, and those of a file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # its import takes a while
    import ssl

_FILE = "SSL_CERT_FILE"
"""Where OpenSSL looks for them: https://docs.openssl.org/3.5/man3/SSL_CTX_load_verify_locations/."""


def check(file: Path) -> None:
    """Read a file of certificates. Raises OSError or ValueError for one that isn't."""
    _read(file)


@contextmanager
def unread() -> Iterator[None]:
    """Let OpenSSL find no certificates of the machine in the context. No other thread may run meanwhile.

    As it is imported, aiohttp makes two contexts, and so has OpenSSL read them twice. The bot uses neither of the two.
    """
    before = os.environ.get(_FILE)
    os.environ[_FILE] = os.devnull
    try:
        yield
    finally:
        del os.environ[_FILE]
        if before is not None:
            os.environ[_FILE] = before


@cache
def system() -> "ssl.SSLContext":
    """Return a context that trusts the machine's own certificates. To read them takes a while."""
    return _for_http(_read(None))


@cache
def trusting(file: Path) -> "ssl.SSLContext":
    """Return a context that also trusts the certificates of a file. It reads the machine's own, which takes a while.

    Raises OSError or ValueError.
    """
    context = _read(file)
    context.load_default_certs()
    return _for_http(context)


def _for_http(context: "ssl.SSLContext") -> "ssl.SSLContext":
    context.set_alpn_protocols(("http/1.1",))
    return context


@cache
def _read(file: Path | None) -> "ssl.SSLContext":
    import ssl

    return ssl.create_default_context(cafile=file)
