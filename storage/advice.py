"""Turn errors of disks and databases into sentences for the operator: where, what went wrong, what to do."""

import errno
import os
import re

from obstore.exceptions import PermissionDeniedError, UnauthenticatedError
from sqlalchemy.exc import DBAPIError

_MAY_WRITE = "Let the bot's user write there."
_ROOM = "Make room on that disk."
# https://www.sqlite.org/rescode.html and https://www.postgresql.org/docs/current/errcodes-appendix.html, by words
# from their messages.
_DATABASE = {
    "unable to open": "See that its folder exists, and let the bot's user write there.",
    "locked": "Another program holds it: end that one, or wait.",
    "full": _ROOM,
    "readonly": _MAY_WRITE,
    "read-only": _MAY_WRITE,
    "permission denied": _MAY_WRITE,
    "no such table": "It lost its tables, or is another program's: put a backup in its place.",
    "malformed": "Stop the bot and put a backup in its place.",
    "not a database": "DATABASE_URL names another kind of file: name another one, or put a backup in its place.",
    "disk i/o": "Look at that disk.",
    "connect call failed": "See that the server runs, and that DATABASE_URL names its host and port.",
    "connection refused": "See that the server runs, and that DATABASE_URL names its host and port.",
    "name or service not known": "See that DATABASE_URL names its host.",
    "authentication failed": "See that DATABASE_URL has the right user and password.",
    "does not exist": "See that DATABASE_URL has the right user, and names a database that exists.",
    "too many": "Let the server take more connections, or run fewer replicas.",
}
_FILES = {
    errno.EACCES: _MAY_WRITE,
    errno.EPERM: _MAY_WRITE,
    errno.EROFS: "Choose a place that can be written to.",
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.ENOTDIR: "Something else has that name: take it away, or set IMAGE_STORE to another folder.",
    errno.EEXIST: "Something else has that name: take it away, or set IMAGE_STORE to another folder.",
    errno.ENOENT: "Make that folder again, or set IMAGE_STORE to another one.",
}
_OS_ERROR = re.compile(r"os error (\d+)")
_ELSE = "The log of whatever keeps it may say more."


def database_trouble(place: str, error: Exception) -> str:
    """Return the sentence for an error of the database, without the statement: its values are private."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    said = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
    said = next(iter(said.splitlines()), "") or type(cause).__name__
    advice = next((advice for words, advice in _DATABASE.items() if words in said.casefold()), _ELSE)
    return f"the database {place} failed: {said}. {advice}"


def database_too_slow(place: str, seconds: float) -> str:
    """Return the sentence for a database that did not answer in time."""
    advice = "See whether something else keeps it or its disk busy."
    return f"the database {place} did not answer in {seconds:g} seconds. {advice}"


def store_trouble(place: str, doing: str, error: Exception) -> str:
    """Return the sentence for an error of the image store at `place` during the operation `doing`."""
    said, advice = _store_cause(error, in_bucket=place.startswith("s3://"))
    return f"the image store {place} can't {doing}: {said}. {advice}"


def _store_cause(error: Exception, *, in_bucket: bool) -> tuple[str, str]:
    number = error.errno if isinstance(error, OSError) else None
    if number is None and (found := _OS_ERROR.search(str(error))):
        number = int(found[1])
    if isinstance(error, TimeoutError):
        return "no answer in time", "See whether it can be reached, and its disk or network is not busy."
    if in_bucket:
        # A bucket's answer may repeat the request, so only the kind of error is shown.
        keys = isinstance(error, PermissionDeniedError | UnauthenticatedError)
        look = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" if keys else "the bucket, AWS_REGION and AWS_ENDPOINT_URL"
        return type(error).__name__, f"Look at {look}."
    if number is None:
        return type(error).__name__, _ELSE
    return os.strerror(number), _FILES.get(number, _ELSE)
