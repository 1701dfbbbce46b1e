"""What a request may have at most."""

# The longest prompt that any model accepts has 32,000 characters; JSON may need six bytes for each.
MAX_BYTES = 256 * 1024
MAX_KEY = 200
"""In characters."""
UNDO_SECONDS = 5
"""How long a job that one click asked for can be taken back. It is less than the hold of an accepted job."""
STREAMS = 4
"""Event streams of one visitor. A browser has six connections to one address, and needs some to ask and to show."""
