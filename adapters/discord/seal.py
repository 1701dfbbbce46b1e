"""Seals the tokens of interactions: nobody who reads the ledger, its log or a copy of it can use them."""

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PURPOSE = b"imagine-bot: tokens of interactions"


class Seal:
    """Encrypts with a key that is derived from the bot's own token, which is in no file that the bot writes."""

    def __init__(self, secret: str) -> None:
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
        self._cipher = Fernet(urlsafe_b64encode(key))
        self.open = lru_cache(maxsize=256)(self._open)  # a job's token is needed for each change of its message

    def seal(self, token: str) -> str:
        """Return what to store of a token."""
        return self._cipher.encrypt(token.encode()).decode("ascii")

    def _open(self, sealed: str) -> str | None:
        """Return the token; None if it was sealed by another secret, as before the bot's token was reset."""
        try:
            return self._cipher.decrypt(sealed).decode()
        except (InvalidToken, ValueError):
            return None
