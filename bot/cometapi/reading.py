"""What an answer of the gateway means: its content, or the error that it is."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from yarl import URL

from bot.cometapi.answers import UNREADABLE, GatewayAnswer, read_answer, request_id
from bot.cometapi.connection import Response
from bot.cometapi.faults import Verdict, judge
from bot.cometapi.json_text import TooManyParts
from bot.cometapi.quoted import without
from bot.cometapi.who_answered import described
from bot.core.errors import ProviderError
from bot.core.model import Fault
from bot.core.retry_after import retry_after

# Larger answers are read in a thread: decoding megabytes takes longer than the event loop may be blocked.
_LARGE = 64 * 1024
_LONGEST_MESSAGE = 500


class Reader:
    """Reads the answers of one gateway. What they say is without the key and the prompt, which some gateways quote."""

    def __init__(self, base: URL, key: str) -> None:
        self._base, self._key = base, key
        # One thread: decoding megabytes holds the interpreter, so more threads would only block the event loop.
        self._thread = ThreadPoolExecutor(1, "answers")

    async def read(self, response: Response, prompt: str = "") -> GatewayAnswer:
        """Read an answer. Raises ProviderError."""
        try:
            answer = await self._parsed(response)
        except TooManyParts as error:
            if not response.ok:
                return UNREADABLE
            raise ProviderError(Fault.UNCLEAR, str(error), request_id=request_id(response.headers)) from error
        if answer.error is None:
            return answer
        return replace(answer, error=replace(answer.error, message=self._loggable(answer.error.message, prompt)))

    async def _parsed(self, response: Response) -> GatewayAnswer:
        def parse() -> GatewayAnswer:
            return read_answer(
                response.body, ok=response.ok, content_type=response.content_type, decoded=response.images
            )

        if len(response.body) < _LARGE:
            return parse()
        return await asyncio.get_running_loop().run_in_executor(self._thread, parse)

    def _loggable(self, said: str, prompt: str) -> str:
        said = without(said, prompt) if prompt else said
        return (said.replace(self._key, "…") if self._key else said)[:_LONGEST_MESSAGE]

    async def refusal(self, response: Response) -> ProviderError:
        """Return the error for an answer that isn't what was requested."""
        answer = await self.read(response) if not response.ok or len(response.body) < _LARGE else UNREADABLE
        if response.ok and answer.error is None and not response.is_page:
            number = request_id(response.headers)
            return ProviderError(Fault.UNCLEAR, "not the list that was asked for", request_id=number)
        return self.error(response, answer)

    def error(self, response: Response, answer: GatewayAnswer, prompt: str = "") -> ProviderError:
        """Return what an answer without images means. It names what answered, unless the gateway itself refused."""
        verdict = _verdict(response, answer)
        said = [answer.error.message] if answer.error and answer.error.message else []
        if not said or verdict.fault is Fault.BLOCKED or (answer.error and not answer.error.enveloped):
            said.append(self._loggable(described(response.status, response.headers, response.body, self._base), prompt))
        if verdict.fault is Fault.UNCLEAR and answer.error is None and answer.fields:
            said.append(self._loggable(f"with {', '.join(answer.fields)}", prompt))
        if verdict.fault is Fault.UNCLEAR and answer.task:
            said.append(self._loggable(f"task {answer.task}", prompt))
        return ProviderError(
            verdict.fault,
            "; ".join(said),
            request_id=request_id(response.headers, answer),
            retry_after=retry_after(response.headers),
            certain=verdict.certain,
        )


def _verdict(response: Response, answer: GatewayAnswer) -> Verdict:
    if not response.ok or answer.error is not None:
        return judge(response.status, answer.error, page=response.is_page)
    if answer.refused:
        return Verdict(fault=Fault.VIOLATION_FEE)
    if answer.damaged:
        return Verdict(fault=Fault.BAD_IMAGE)
    if answer.empty:
        return Verdict(fault=Fault.EMPTY)
    return Verdict(fault=Fault.MISCONFIGURED if response.is_page else Fault.UNCLEAR)
