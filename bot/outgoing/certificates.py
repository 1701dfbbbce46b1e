"""The certificates that the bot trusts, beside the machine's own."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # its import takes a while
    import ssl


def check(file: Path) -> None:
    """Read a file of certificates. Raises OSError or ValueError for one that isn't."""
    _read(file)


@cache
def trusting(file: Path) -> "ssl.SSLContext":
    """Return a context that also trusts the certificates of a file. It reads the machine's own, which takes a while.

    Raises OSError or ValueError.
    """
    context = _read(file)
    context.load_default_certs()
    context.set_alpn_protocols(("http/1.1",))
    return context


@cache
def _read(file: Path) -> "ssl.SSLContext":
    import ssl

    return ssl.create_default_context(cafile=file)
