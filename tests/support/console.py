"""A terminal that a script sits at: it answers what is asked, and nobody waits."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Does:
    """Something that the operator does in a browser, and then types this, or nothing."""

    act: Act
    types: str | None = None


CLOSES = Does(lambda: None, "\x04")
"""The terminal goes away."""

Answer = str | Does


class ScriptedConsole:
    """Satisfies `bot.cli.setup.console.Console`. Each reading takes the next answer, and waiting takes one, too."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.shown = ""
        """All that the screen shows; what is typed in secret isn't among it."""
        self.secrets: list[str] = []
        """What was typed in secret."""
        self.asked = 0
        """How many questions were asked."""

    def show(self, text: str) -> None:
        self.shown += f"{text}\n"

    async def ask(self, prompt: str) -> str:
        typed = self._next(prompt) or ""
        self.shown += f"{typed}\n"
        return typed

    async def secret(self, prompt: str) -> str:
        typed = self._next(prompt) or ""
        self.shown += "\n"
        self.secrets.append(typed)
        return typed

    async def wait(self, seconds: float) -> str | None:
        assert self._answers, f"it waits, and nothing more is to come:\n{self.shown}"
        answer = self._answers[0]
        if isinstance(answer, Does):
            self._answers.pop(0)
            answer.act()
            return answer.types
        if answer == "s":
            self._answers.pop(0)
            return answer
        raise AssertionError(f"it waits instead of asking for {answer}:\n{self.shown}")

    @property
    def left(self) -> Sequence[Answer]:
        """The answers that nothing asked for."""
        return self._answers

    @property
    def refusals(self) -> list[str]:
        """The sentences that say what is wrong."""
        return re.findall(r"^  → (.*)$", self.shown, re.MULTILINE)

    @property
    def ticks(self) -> list[str]:
        """The sentences that say what is done."""
        return re.findall(r"^✓ (.*)$", self.shown, re.MULTILINE)

    def _next(self, prompt: str) -> str | None:
        self.asked += 1
        self.shown += prompt
        assert self._answers, f"nothing more is to come:\n{self.shown}"
        answer = self._answers.pop(0)
        if answer is CLOSES:
            raise EOFError
        if isinstance(answer, Does):
            answer.act()
            return answer.types
        return answer
