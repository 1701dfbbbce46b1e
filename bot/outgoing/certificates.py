"""The certificates that the bot trusts besides the machine's own."""

import ssl
from functools import cache
from pathlib import Path


@cache
def trusting(file: Path) -> ssl.SSLContext:
    """Return a context that also trusts the certificates of a file, which is read once: that takes a tenth of a second.

    Raises OSError or ValueError.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(file)
    context.set_alpn_protocols(("http/1.1",))
    return context
