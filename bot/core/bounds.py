"""What strangers may hold open and send, and what a fault may repeat: every limit, with its reason.

All of it can be repeated without end, most of it by anybody who reaches the HTTP port. The limits are in one place, so
that it can be seen what they let pass together.
"""

import resource

# What may be open.

_MOST_CONNECTIONS = 1000
"""Each takes some 30 kB. No team has as many people who look at the page, and a chat's requests take a moment."""
BACKLOG = 512
"""Connections that the system keeps until they are accepted: a chat's and a proxy's bursts come all at once."""
ACCEPTED_AT_ONCE = 1
"""Connections in one turn of the event loop. When descriptors run out, asyncio logs an error, and plans another try,
for each of those in one turn (https://github.com/python/cpython/issues/151615)."""
STREAMS = 4
"""Event streams of one visitor of the page. A browser has six connections to one address, and needs some to ask and to
show."""

# How long it may take.

HEADER_SECONDS = 10.0
"""From a connection, or from the first byte of a later request, to the end of its header, even if that comes in
many pieces. A browser or a proxy sends it at once."""
BODY_SECONDS = 5.0
"""For the rest of a request. A chat wants its answer within three seconds; the page and its server share a machine."""
LINGER_SECONDS = 1.0
"""In which what is still sent is thrown away, after an answer that didn't wait for it: without, the answer is lost."""
ANSWER_SECONDS = 30.0
"""In which something has to be taken of an answer that waits. The system takes it in steps of some hundred kilobytes,
so that less would end the slowest lines."""
STREAM_SECONDS = 5.0
"""The same for an event stream, which sends so little that the system takes it at once, until nobody reads it."""
KEEP_ALIVE_SECONDS = 75.0
"""For a connection between two requests: longer than proxies keep theirs (nginx: 60), so that they close first."""
GOODBYE_SECONDS = 2.0
"""For requests that are being answered when the bot stops."""

# How much may be sent.

HEADER_BYTES = 16 * 1024
"""Of all lines of a header, and of what is sent ahead of an answer: as much as Node.js takes, whose servers on the same
machine share the browser's cookies with the page."""
HEADER_LINE_BYTES = 8190
"""Of one line: aiohttp's own limit, and Apache's."""
HEADER_LINES = 64
"""A browser sends some twenty, and each proxy adds a few."""
READ_BYTES = 16 * 1024
"""Of one connection in one turn of the event loop: all of them may have sent something before any of it is handled."""
READ_AHEAD_BYTES = 64 * 1024
"""Of a body that nobody reads yet. aiohttp keeps twice as many before it stops reading."""
BODIES_BYTES = 16 * 1024 * 1024
"""Of all bodies that one door reads at one time: as much memory as a stranger can take by them."""
CHAT_BODY_BYTES = 512 * 1024
"""Of a request that a chat sends. It has at most a few hundred kilobytes, most of them of the message whose button was
pressed; no image comes with it."""
UNSIGNED_BODY_BYTES = 256
"""Of one that has no signature: a chat only looks at the certificate by it, with two short fields."""
SIGNATURE_SECONDS = 300
"""Between the time of a signature and now, so that somebody who listened to a request can't send it again later."""
PAGE_BODY_BYTES = 256 * 1024
"""For the page. The longest prompt that any model accepts has 32,000 characters; JSON may need six bytes for each."""
REPEAT_KEY_CHARACTERS = 200
"""Of the name that a program may give its request to the page, so that a repeated one is known. The ledger keeps it."""
OLD_COOKIES = 3
"""Of those that one request brings to the page, for which the ledger is asked whose they are. A browser has one."""

MAX_IMAGES = 10
"""Images of one command: a chat shows no more of them in one message."""

# How much of what others say is kept, shown and logged.

TEXT_CHARACTERS = 4_000
"""Of a text in several lines, such as a prompt as a model has revised it. It is stored, and sent with each page."""
LINE_CHARACTERS = 200
"""Of a name, an id or a word. The longest name that any platform takes has a hundred."""
URL_CHARACTERS = 500
"""Of a URL that a platform sends to be called back. Theirs have some hundred; a form that keeps one has 3,000."""
MESSAGE_CHARACTERS = 500
"""Of what the gateway or a platform says about an error. What is longer is a page."""
LOG_ENTRY_BYTES = 1_000
"""Of a line in the log, without its traceback. What is longer, nobody reads."""
LOG_MESSAGE_BYTES = 700
"""Of a message, beside the number of those that it stands for."""
TRACEBACK_LINE_BYTES = 500
"""Errors of libraries may quote whole requests."""
TRACEBACK_LINES = 200
"""Of several errors that caused each other: the first hundred, and the last."""

# How often it may be said.

SAME_WORDS_SECONDS = 60.0
"""Between two messages of one cause or place that say the same: often enough to see that it goes on."""
ALARMS_A_SECOND = 1
"""Messages of one place in the code, from warnings on. The rest is counted by the next one."""
NEWS_A_SECOND = 10
"""The same for information: each message may be about another job, and about as many jobs run at once."""


def most_connections() -> int:
    """Return how many may be open: half of this process's descriptors, as platforms, storage and images need theirs."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else max(1, min(_MOST_CONNECTIONS, soft // 2))
