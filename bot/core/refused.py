"""What was refused, counted by reason: an operator sees a spent budget or a busy database before people complain."""

import re
from collections.abc import Iterator

from bot.core.errors import BotError
from bot.core.refusals import Duplicate, Refusal, UsageError

USAGE = "usage"
"""What somebody typed wasn't valid."""
ERROR = "error"
"""An unforeseen error: the log has its traceback."""


class Refused:
    """Counts refusals since the start of this process. Each reason is there from the start, so that its rate is known.

    A reason is the name of its error, such as `quota_exceeded`. Alert rules of operators name them: they don't change.
    """

    def __init__(self) -> None:
        reasons = (_word(kind) for kind in _leaves(Refusal) if kind is not Duplicate)
        self.by_reason = dict.fromkeys((*sorted(reasons), USAGE, ERROR), 0)

    def count(self, error: BotError) -> None:
        """Count one."""
        word = reason(error)
        self.by_reason[word] = self.by_reason.get(word, 0) + 1


def reason(error: BotError) -> str:
    """Return the word for why something was refused."""
    if isinstance(error, UsageError):
        return USAGE
    return _word(type(error)) if isinstance(error, Refusal) else ERROR


def _word(kind: type[Refusal]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def _leaves(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    kinds = kind.__subclasses__()
    for each in kinds:
        yield from _leaves(each)
    if not kinds:
        yield kind
