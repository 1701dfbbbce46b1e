"""Seals the tokens of interactions: nobody who reads the ledger, its log or a copy of it can use them."""

from base64 import urlsafe_b64encode
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # its import takes a while, and no start needs it
    from cryptography.fernet import Fernet

_PURPOSE = b"imagine-bot: tokens of interactions"


class Seal:
    """Encrypts with a key that is derived from the bot's own token, which is in no file that the bot writes."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self.open = lru_cache(maxsize=256)(self._open)  # a job's token is needed for each change of its message

    def prepare(self) -> None:
        """Import what encrypts, and derive the key: the first command would hold up all others with that."""
        _ = self._cipher

    def seal(self, token: str) -> str:
        """Return what to store of a token."""
        return self._cipher.encrypt(token.encode()).decode("ascii")

    @cached_property
    def _cipher(self) -> "Fernet":
        from cryptography.fernet import Fernet
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(self._secret.encode())
        return Fernet(urlsafe_b64encode(key))

    def _open(self, sealed: str) -> str | None:
        """Return the token; None if it was sealed by another secret, as before the bot's token was reset."""
        from cryptography.fernet import InvalidToken

        try:
            return self._cipher.decrypt(sealed).decode()
        except (InvalidToken, ValueError):
            return None
