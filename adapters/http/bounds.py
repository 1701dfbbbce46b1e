"""What strangers may hold open or send to the HTTP server, each with its reason."""

import resource

MAX_BODY = 2 * 1024 * 1024
"""Bytes of a request. A Slack payload has at most a few hundred kilobytes; no one uploads images to the bot."""
FIRST_REQUEST_SECONDS = 10.0
"""From the connection to the end of the first request's head. A browser or a proxy sends it at once."""
KEEP_ALIVE_SECONDS = 75.0
"""For a connection between two requests: longer than proxies keep theirs (nginx: 60), so that they close first."""
GOODBYE_SECONDS = 2.0
"""For requests that are being answered when the bot stops."""
BACKLOG = 512
"""Connections that the system keeps until they are accepted: Slack's and a proxy's bursts come all at once."""
ACCEPTED_AT_ONCE = 1
"""Connections in one turn of the event loop. When descriptors run out, asyncio logs an error, and plans another try,
for each of those in one turn (https://github.com/python/cpython/issues/151615)."""
_MOST_CONNECTIONS = 1000
"""Each takes some 30 kB. No team has as many people who look at the page, and Slack's requests take a moment."""


def most_connections() -> int:
    """Return how many may be open: half of this process's descriptors, as platforms, storage and images need theirs."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else max(1, min(_MOST_CONNECTIONS, soft // 2))
