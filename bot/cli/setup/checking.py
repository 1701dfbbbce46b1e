"""One check of one answer."""

import asyncio
from typing import Any

from bot.core.message import Message, message, of_error
from bot.core.setup import Holds, Question, Verdict
from bot.settings import Settings

CHECK_SECONDS = 10.0


async def checked(
    question: Question[Any], value: str, settings: Settings, *, seconds: float = CHECK_SECONDS
) -> Verdict:
    """Look at an answer, then ask the one that it is for, with the settings that have it."""
    if wrong := question.shape(value):
        return Verdict(holds=Holds.REFUSED, said=wrong.said)
    try:
        async with asyncio.timeout(seconds):
            return await question.check(settings)
    except OSError as error:
        return Verdict(holds=Holds.UNREACHABLE, said=_unreachable(error, question.who))


def _unreachable(error: OSError, who: str) -> Message:
    if isinstance(error, TimeoutError):
        return message("{who} can't be reached (timed out).", who=who)
    said = of_error(error)
    return said if isinstance(said, Message) else message("{who} can't be reached ({error}).", who=who, error=said)
