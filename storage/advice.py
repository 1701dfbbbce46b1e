"""Turn errors of disks and databases into sentences for the operator: where, what went wrong, what to do."""

import errno
import os
import re
import sqlite3
from pathlib import Path

from obstore.exceptions import PermissionDeniedError, UnauthenticatedError
from sqlalchemy.exc import DBAPIError

from bot.core.foreign import line
from bot.core.message import Message, marked, message
from storage.facts import facts

_MAY_WRITE = marked("Give the bot's user permission to write there.")
_SPACE = marked("Free some space on that disk.")
_SIZE = marked("The system limits how large the bot's files may be: raise that limit (LimitFSIZE, ulimit -f).")
_DISK = marked("Check that disk.")
_OPENED = marked("Check that its folder exists and that the bot's user may write there.")
_ELSEWHERE = marked("Choose a folder that the bot can write to.")
_OF_THE_DISK = frozenset({_MAY_WRITE, _SPACE, _SIZE, _DISK, _OPENED, _ELSEWHERE})
"""Advice that is given together with facts about the place."""
_SERVER = marked("Check that the server is running, and that DATABASE_URL has its host and port.")
_NAME_TAKEN = marked("Something else has that name: remove it, or set IMAGE_STORE to another folder.")
# https://www.sqlite.org/rescode.html and https://www.postgresql.org/docs/current/errcodes-appendix.html, by words
# from their messages.
_DATABASE = {
    "unable to open": _OPENED,
    "locked": marked("Another program is using it: stop that program, or wait."),
    "full": _SPACE,
    "readonly": _MAY_WRITE,
    "read-only": _MAY_WRITE,
    "permission denied": _MAY_WRITE,
    "no such table": marked("Its tables are missing, or it belongs to another program: restore a backup."),
    "malformed": marked("Stop the bot and restore a backup."),
    "not a database": marked("Set DATABASE_URL to another file, or restore a backup."),
    "disk i/o": _DISK,
    "connect call failed": _SERVER,
    "connection refused": _SERVER,
    "name or service not known": marked("Check the host in DATABASE_URL."),
    "authentication failed": marked("Check the user and the password in DATABASE_URL."),
    "does not exist": marked("Check that DATABASE_URL has the right user and the name of an existing database."),
    "too many": marked("Allow more connections on the server, or run fewer replicas."),
}
_FILES = {
    errno.EACCES: _MAY_WRITE,
    errno.EPERM: _MAY_WRITE,
    errno.EROFS: _ELSEWHERE,
    errno.EIO: _DISK,
    errno.EFBIG: _SIZE,
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.ENOTDIR: _NAME_TAKEN,
    errno.EEXIST: _NAME_TAKEN,
    errno.ENOENT: marked("Create that folder again, or set IMAGE_STORE to another one."),
}
_OS_ERROR = re.compile(r"os error (\d+)")
_ELSE = marked("Its own log may say more.")


def database_trouble(place: str, error: Exception) -> Message:
    """Return the sentence for an error of the database, without the statement: its values are private."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    said = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
    said = line(next(iter(said.splitlines()), "")) or type(cause).__name__
    advice = next((advice for words, advice in _DATABASE.items() if words in said.casefold()), _ELSE)
    trouble = message("The database {place} failed: {error}. {advice}", place=place, error=said, advice=Message(advice))
    return _with_facts(trouble, place) if advice in _OF_THE_DISK else trouble


def is_damage(error: Exception) -> bool:
    """Return whether an error of SQLite says that the part that was read isn't a database, or not a whole one."""
    code = getattr(error.orig, "sqlite_errorcode", None) if isinstance(error, DBAPIError) else None
    return code is not None and code & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def database_too_slow(place: str, seconds: float) -> Message:
    """Return the sentence for a database that did not answer in time."""
    return message(
        "The database {place} did not answer within {seconds} seconds. "
        "Check whether another program keeps it or its disk busy.",
        place=place,
        seconds=f"{seconds:g}",
    )


def store_trouble(place: str, failed: str, error: Exception) -> Message:
    """Return the sentence for an error of the image store at `place`.

    `failed` is the sentence for what can't be done, with `{place}`, `{error}` and `{advice}`.
    """
    said, advice = _store_cause(error, in_bucket=place.startswith("s3://"))
    trouble = Message(failed, {"place": place, "error": said, "advice": Message(advice)})
    return _with_facts(trouble, place) if advice in _OF_THE_DISK else trouble


def _with_facts(trouble: Message, place: str) -> Message:
    seen = facts(Path(place).absolute())
    return message("{trouble} {facts}", trouble=trouble, facts=seen) if seen else trouble


def _store_cause(error: Exception, *, in_bucket: bool) -> tuple[str | Message, str]:
    number = error.errno if isinstance(error, OSError) else None
    if number is None and (found := _OS_ERROR.search(str(error))):
        number = int(found[1])
    if isinstance(error, TimeoutError):
        return message("it timed out"), marked("Check that it can be reached, and that its disk or network isn't busy.")
    if in_bucket:
        # A bucket's answer may repeat the request, so only the kind of error is shown.
        if isinstance(error, PermissionDeniedError | UnauthenticatedError):
            return type(error).__name__, marked("Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
        return type(error).__name__, marked("Check the name of the bucket, AWS_REGION and AWS_ENDPOINT_URL.")
    if number is None:
        return type(error).__name__, _ELSE
    return os.strerror(number), _FILES.get(number, _ELSE)
