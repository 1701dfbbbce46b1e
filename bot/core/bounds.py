"""Limits on what strangers hold open and send, and on what a fault repeats, each with its reason.

Anybody who reaches the HTTP port can try most of these without end. The limits are in one place, so that a reader sees
what they let pass together.
"""

import resource

# What may be open.

_MOST_CONNECTIONS = 1000
"""Open connections. Each takes some 30 kB. No team has as many readers of the page, and a chat's requests are short."""
BACKLOG = 512
"""Connections that wait in the system until they are accepted: chats and proxies send bursts."""
ACCEPTED_AT_ONCE = 1
"""Connections that are accepted in one turn of the event loop. When descriptors run out, asyncio logs an error and
plans another try for each of them (https://github.com/python/cpython/issues/151615)."""
STREAMS = 4
"""Event streams of one visitor of the page. A browser has six connections to one address, and needs others for requests
and images."""

# How long it may take.

HEADER_SECONDS = 10.0
"""Time for a request's header, from the connection or from the first byte of a later request, even if it comes in many
pieces. Browsers and proxies send it at once."""
BODY_SECONDS = 5.0
"""Time for the body. A chat wants its answer within three seconds; the page and its server share a machine."""
LINGER_SECONDS = 1.0
"""After an answer that didn't wait for the whole body. The rest is read and dropped, or the answer would be lost."""
ANSWER_SECONDS = 30.0
"""In this time the other side has to take some part of an answer. The system takes it in steps of some hundred
kilobytes, so that a shorter time would cut off the slowest lines."""
STREAM_SECONDS = 5.0
"""The same for an event stream. It sends so little that the system takes it at once, as long as somebody reads it."""
KEEP_ALIVE_SECONDS = 75.0
"""Time between two requests of a connection: longer than proxies keep theirs (nginx: 60), so that they close first."""
GOODBYE_SECONDS = 2.0
"""Time for requests that are being answered when the bot stops."""

# How much may be sent.

HEADER_BYTES = 16 * 1024
"""All lines of a header, and all requests that are sent ahead of an answer: as much as Node.js takes. Its servers on
the same machine share the browser's cookies with the page."""
HEADER_LINE_BYTES = 8190
"""One line of a header: aiohttp's own limit, and Apache's."""
HEADER_LINES = 64
"""Lines of a header. A browser sends some twenty, and each proxy adds a few."""
READ_BYTES = 16 * 1024
"""Read from one connection in one turn of the event loop: all of them may have sent something before it is handled."""
READ_AHEAD_BYTES = 4 * 1024
"""Kept of a body that no handler reads yet. aiohttp keeps twice as much before it stops reading."""
BODIES_BYTES = 16 * 1024 * 1024
"""All bodies that one door reads at the same time: strangers can take no more memory by them."""
CHAT_BODY_BYTES = 512 * 1024
"""The body of a chat's request. It has at most a few hundred kilobytes, most of them for the message whose button was
pressed. No image comes with it."""
UNSIGNED_BODY_BYTES = 256
"""The body of a request without a signature: a chat checks the certificate with one, which has two short fields."""
SIGNATURE_SECONDS = 300
"""The age of a signature: somebody who overheard a request must not send it again later."""
PAGE_BODY_BYTES = 256 * 1024
"""The body of the page's request. The longest prompt of any model has 32,000 characters, of up to six bytes in JSON."""
REPEAT_KEY_CHARACTERS = 200
"""The key by which a program names its request, so that a repeated one is recognised. The ledger keeps it."""
OLD_COOKIES = 3
"""Old cookies of one request that are looked up in the ledger. A browser has one."""

MAX_IMAGES = 10
"""Images of one command: a chat shows no more in one message."""

# How much of what others say is kept, shown and logged.

TEXT_CHARACTERS = 4_000
"""A text of several lines, such as a prompt that a model has revised. It is stored, and sent with each page."""
LINE_CHARACTERS = 200
"""A name, an id or a word. The longest name that any platform takes has a hundred."""
URL_CHARACTERS = 500
"""A URL that a platform sends to be called back. Theirs have some hundred; the form that keeps one has 3,000."""
MESSAGE_CHARACTERS = 500
"""What the gateway or a platform says about an error. A longer text is a web page."""
LOG_ENTRY_BYTES = 1_000
"""A line in the log, without its traceback. Nobody reads a longer one."""
LOG_MESSAGE_BYTES = 700
"""The message in such a line, without the number of messages that it stands for."""
TRACEBACK_LINE_BYTES = 500
"""A line of a traceback. Errors of libraries may quote whole requests."""
TRACEBACK_LINES = 200
"""A traceback of several errors that caused each other: its first hundred lines, and its last."""

# How often it may be said.

SAME_WORDS_SECONDS = 60.0
"""Between two messages that say the same for the same cause or place: often enough to see that it goes on."""
ALARMS_A_SECOND = 1
"""Warnings and errors from one place in the code. The others are counted by the next one."""
NEWS_A_SECOND = 10
"""The same for information: each message may be about another job, and about so many jobs run at once."""


def most_connections() -> int:
    """Return how many may be open: half of the process's descriptors, as platforms, storage and images need others."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else max(1, min(_MOST_CONNECTIONS, soft // 2))
