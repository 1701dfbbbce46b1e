"""Where the playground's key is kept, so that an open page and a printed address outlive a restart."""

import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path

from adapters.web.key import FORM, Key
from bot.core.message import message

logger = logging.getLogger(__name__)

_OTHERS = 0o077


def kept_key(path: Path) -> Key:
    """Return the key in this file; if it is missing, make one that its owner alone can read. Raises OSError."""
    try:
        with suppress(FileNotFoundError):
            if path.stat().st_mode & _OTHERS:
                logger.warning("%s could be read by others on this machine: the playground has a new key", path)
                path.unlink()
        with suppress(FileExistsError):  # another process was faster
            if not path.exists():
                _write(path)
        return _read(path)
    except OSError as error:
        raise OSError(
            message(
                "The playground's key can't be kept in {path} ({error}). Set PLAYGROUND_KEY_FILE to another file.",
                path=str(path),
                error=error.strerror or str(error),
            )
        ) from error


def _read(path: Path) -> Key:
    secret = path.read_text("ascii", "replace").strip()
    if not FORM.fullmatch(secret):
        raise OSError("it holds no key; delete it, and a new one is made")
    return Key(secret)


def _write(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    whole = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    file = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(file, "w") as writing:
            writing.write(f"{secrets.token_hex(16)}\n")
        _put(whole, path)
    finally:
        whole.unlink(missing_ok=True)


def _put(whole: Path, path: Path) -> None:
    """Give the whole file its name in one step, unless another process has made that file."""
    try:
        os.link(whole, path)
    except FileExistsError:
        raise
    except OSError:  # not every file system has links
        whole.replace(path)
