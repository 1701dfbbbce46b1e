"""Which workspaces take no files from the bot: nothing is drawn for a while that could not be shown."""

from dataclasses import dataclass

from bot.core.clock import Clock

REFUSED_FOR = 600.0
_DECIDED_WITHIN = 120.0


@dataclass(slots=True)
class _Refused:
    code: str
    until: float
    """By the clock that can't be set."""


class FileRefusals:
    """What this process has learnt from its own uploads. Another one learns it from its first one, as no column has it.

    After ten minutes one job is let in, and its upload decides for those after it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._refused: dict[str, _Refused] = {}

    def code(self, team: str) -> str:
        """Return Slack's word for why files are refused there now; empty if they aren't, as far as is known."""
        refused = self._refused.get(team)
        return refused.code if refused and self._clock.steady() < refused.until else ""

    def refused(self, team: str, code: str) -> None:
        """Record that an upload was refused."""
        self._refused[team] = _Refused(code, self._clock.steady() + REFUSED_FOR)

    def taken(self, team: str) -> None:
        """Record that a file was taken."""
        self._refused.pop(team, None)

    def let_in(self, team: str) -> None:
        """Record that a job was accepted: others wait for what becomes of its upload, but not for long."""
        if team in self._refused:
            self._refused[team].until = self._clock.steady() + _DECIDED_WITHIN
