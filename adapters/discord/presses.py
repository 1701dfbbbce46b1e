"""Presses of one person that ask for the same private message: a double click shows it once."""

from adapters.discord.parse import Interaction, custom_id
from bot.core.clock import Clock

# The last of several clicks may come when the message is already there. Later, the user may have dismissed it.
_MOMENT_SECONDS = 2.0

Press = tuple[int, str]


class Presses:
    """Knows which presses are being answered, or were a moment ago."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answering: set[Press] = set()
        self._answered: dict[Press, float] = {}

    def begin(self, interaction: Interaction) -> bool:
        """Return whether this press is to be answered, rather than one like it. If so, it has to be ended."""
        press, now = _press(interaction), self._clock.steady()
        self._answered = {key: until for key, until in self._answered.items() if until > now}
        if press in self._answering or press in self._answered:
            return False
        self._answering.add(press)
        return True

    def end(self, interaction: Interaction) -> None:
        """Take note that a press is answered."""
        press = _press(interaction)
        self._answering.discard(press)
        self._answered[press] = self._clock.steady() + _MOMENT_SECONDS


def _press(interaction: Interaction) -> Press:
    return interaction.user.id, custom_id(interaction)
