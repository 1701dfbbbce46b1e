"""What a schedule needs of a platform: people who act and see, and a platform that fails them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from tests.chaos.schedule import Ask, Schedule
from tests.fakes.driver import Seen


class ChaosPlatform(Protocol):
    """One platform, with the people and channels of a batch."""

    @property
    def settings(self) -> Mapping[str, object]:
        """Lead a bot to it."""
        ...

    @property
    def secrets(self) -> Collection[str]:
        """Return what must be in no log: tokens, and addresses that hold one."""
        ...

    def attach(self, url: str) -> None:
        """Send people's actions to the bot at this address from now on, where they go by address."""
        ...

    def prepare(self, schedules: Sequence[Schedule]) -> None:
        """Make the channels."""
        ...

    async def ask(self, ask: Ask, schedule: Schedule) -> None:
        """Ask, with the failures that this command gets; a bot may hear it or not."""
        ...

    async def press(self, message: Seen, label: str, person: str) -> None:
        """Press a button of a message that was just seen."""
        ...

    async def delete(self, message: Seen) -> bool:
        """Delete a message, as a moderator may. Return whether it was there."""
        ...

    def strike(self, schedule: Schedule) -> None:
        """Let the channel's fault happen."""
        ...

    async def cut(self) -> None:
        """Break the connections that interactions come by."""
        ...

    async def seen(self, person: str) -> list[Seen]:
        """Return what a person sees now."""
        ...

    async def quota(self, person: str, schedule: Schedule) -> str:
        """Ask what is left, and give the answer."""
        ...

    def failed_openly(self, ask: Ask) -> bool:
        """Return whether the platform itself told the asker that the command failed."""
        ...
