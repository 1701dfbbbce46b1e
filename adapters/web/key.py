"""The playground's key. It lets people in; nobody can make or guess a cookie or a token without it. Pure."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from functools import lru_cache

FORM = re.compile(r"[A-Za-z0-9_-]{22,128}")
"""What a key is made of: nothing that an address would have to escape, and 128 bits at least."""
_PERSON = re.compile(r"[A-Za-z0-9_-]{32,64}")


@dataclass(frozen=True, slots=True)
class Key:
    """The key, and the signatures that are made with it."""

    secret: str = field(repr=False)

    def is_(self, given: str) -> bool:
        """Return whether this is the key, in a time that doesn't depend on how much of it is right."""
        return _same(given, self.secret)

    @property
    def mark(self) -> str:
        """A few characters that tell this key from others, and nothing of it."""
        return self._signature("mark", "")[:8]

    def cookie(self, person: str) -> str:
        """Return the cookie of a person: their id, signed."""
        return f"{person}.{self._signature('cookie', person)}"

    def person(self, cookie: str) -> str | None:
        """Return the person that a cookie is for; None if it wasn't made with this key."""
        person, _, signature = cookie.partition(".")
        right = _PERSON.fullmatch(person) and _same(signature, self._signature("cookie", person))
        return person if right else None

    def token(self, person: str) -> str:
        """Return the token that a person's page sends with the cookie, since browsers send cookies to every port."""
        return self._signature("token", person)

    def is_token(self, given: str, person: str) -> bool:
        """Return whether this is that person's token."""
        return _same(given, self.token(person))

    def _signature(self, purpose: str, person: str) -> str:
        return _signature(self.secret, f"{purpose}:{person}")


def unsigned(cookie: str) -> str | None:
    """Return who a cookie names, no matter what made it: an earlier release, or an earlier key."""
    person = cookie.partition(".")[0]
    return person if _PERSON.fullmatch(person) else None


@lru_cache(maxsize=256)  # a page sends the same cookie and the same token with each request
def _signature(secret: str, said: str) -> str:
    # `hmac.digest` would give up the interpreter for so short a text, and wait for all threads that work meanwhile.
    signed = hmac.new(secret.encode(), said.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(signed.digest()).decode().rstrip("=")


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())
