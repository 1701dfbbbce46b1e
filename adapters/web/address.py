"""Which user's pages show a job."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from adapters.web import NAME
from bot.core.origin import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAddress:
    """A user's only conversation, or one job in it. The written form is an interface: the release before reads it."""

    person: str = ""
    job: str = ""
    unknown: Mapping[str, str] = field(default_factory=dict)
    unknown_tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Parts that only another release knows. They are kept as they are."""

    @classmethod
    def of(cls, address: Address) -> Self:
        """Read an address that any release wrote."""
        place = dict(address.place)
        person, job = place.pop("person", ""), place.pop("job", "")
        return cls(person=person, job=job, unknown=place, unknown_tokens=dict(address.tokens))

    def to_json(self) -> dict[str, str]:
        """Return what is permanent, as it is stored."""
        return {**self.unknown, "person": self.person, **({"job": self.job} if self.job else {})}

    @property
    def envelope(self) -> Address:
        """The same, as the core keeps it."""
        return Address(platform=NAME, place=self.to_json(), tokens=self.unknown_tokens)
