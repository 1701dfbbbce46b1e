"""Where a message is: the person whose connection shows it, and the message's id there."""

from dataclasses import dataclass
from typing import Self

from bot.core.origin import Address

NAME = "lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesAddress:
    """One address. `message` is empty if the person doesn't see it yet."""

    person: str
    message: str = ""

    @classmethod
    def of(cls, address: Address) -> Self:
        """Read what is stored."""
        return cls(person=address.place["person"], message=address.place.get("message", ""))

    @property
    def envelope(self) -> Address:
        """The same, as the core keeps it."""
        return Address(platform=NAME, place={"person": self.person, "message": self.message})
