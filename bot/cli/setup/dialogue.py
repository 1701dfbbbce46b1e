"""The dialogue: one question at a time, each answer checked at once, and kept as soon as it holds."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from bot.cli.setup.checking import CHECK_SECONDS, checked
from bot.cli.setup.console import Console
from bot.cli.setup.kept import Kept
from bot.core.language.language import Language
from bot.core.message import Message, message, of_error
from bot.core.setup import LONGEST, Holds, Question, Verdict, cleaned, ending
from bot.settings import TEST_KEY, Settings

T = TypeVar("T")
Browse = Callable[[str], object]

LOOK_SECONDS = 3.0
_REFUSALS = 3
"""After so many refusals of one answer the bot waits until the operator has a new one."""
_SKIP = "s"
_TRYING = message("There is no answer. I go on trying.")


class Stopped(Exception):
    """It can't go on. Its message says why, and what to do."""


class Dialogue:
    """The conversation at a terminal. With `again`, values that are set and work may be replaced.

    `browse` opens an address; without it, they are only printed. A check may take some `seconds`.
    """

    def __init__(
        self,
        console: Console,
        kept: Kept,
        texts: Language,
        *,
        again: bool = False,
        browse: Browse | None = None,
        seconds: float = CHECK_SECONDS,
    ) -> None:
        self._console, self._kept, self._texts, self._again = console, kept, texts, again
        self._browse, self._seconds = browse, seconds
        self._spare: dict[str, str] = {}
        """Answers to other questions, which were given too soon."""

    @property
    def settings(self) -> Settings:
        """The settings as they are now."""
        return self._kept.settings

    @property
    def locale(self) -> str:
        """The locale of the operator's language."""
        return self._texts.locale

    def tell(self, *said: Message) -> None:
        """Say what to do."""
        for each in said:
            self._console.show(f"  {self._texts.text(each)}")

    def done(self, said: Message) -> None:
        """Say that a step is done."""
        self._console.show(f"✓ {self._texts.text(said)}")

    def warn(self, said: Message) -> None:
        """Say what is wrong."""
        self._console.show(f"  → {self._texts.text(said)}")

    def open(self, url: str) -> None:
        """Open an address in the browser, if that is wanted."""
        if self._browse:
            self._browse(url)

    def link(self, name: str, url: str) -> None:
        """Print nothing: the sentences for the operator have the address."""

    async def choose(self, question: Message, answers: Sequence[Message]) -> int:
        """Ask for one of these."""
        listed = "  ".join(f"{number} {self._texts.text(answer)}" for number, answer in enumerate(answers, 1))
        while True:
            typed = (await self._console.ask(f"  {self._texts.text(question)}  {listed}   [1]: ")).strip()
            if not typed:
                return 0
            if typed.isdecimal() and 1 <= int(typed) <= len(answers):
                return int(typed) - 1
            self.warn(message("Type a number from 1 to {count}, or press Enter for 1.", count=str(len(answers))))

    async def secret(self, question: Question[Any]) -> Verdict:
        """Ask until the answer is good, or kept without a check."""
        if held := await self._held(question):
            return held
        self.tell(*question.intro())
        for url in question.links:
            self.open(url)
        return await self._asked(question)

    async def until(self, look: Callable[[], Awaitable[T | None]]) -> T | None:
        """Look every few seconds, until something is found or the operator skips that."""
        self.tell(message("waiting … (s and Enter skips this)"))
        said = False
        while True:
            try:
                async with asyncio.timeout(self._seconds):
                    found = await look()
            except OSError as error:  # TimeoutError, too
                found = None
                if not said:
                    self.warn(_no_answer(error))
                said = True
            if found is not None:
                return found
            typed = await self._console.wait(LOOK_SECONDS)
            if typed is not None and typed.strip().lower() == _SKIP:
                return None

    def keep(self, setting: str, value: str) -> None:
        """Keep a value that isn't secret."""
        self._kept.keep(setting, value)

    async def _held(self, question: Question[Any]) -> Verdict | None:
        """Return the verdict about the value that is set, if it holds and stays."""
        value = self._kept.value(question.setting)
        if not value:
            return None
        verdict = await self._checked(question, value)
        outside = self._kept.is_outside(question.setting)
        if verdict.holds is Holds.ACCEPTED:
            self._say_held(question, value, verdict, outside=outside)
            if outside or not self._again:
                return verdict
            return await self._replaced(question, verdict)
        self.warn(verdict.said)
        if outside and verdict.holds in {Holds.REFUSED, Holds.INCOMPLETE}:
            raise Stopped(
                message(
                    "{setting} is set in the environment, which goes before .env. Change it there, or unset it.",
                    setting=question.setting,
                )
            )
        return verdict if await self._settled(question, value, verdict) else None

    def _say_held(self, question: Question[Any], value: str, verdict: Verdict, *, outside: bool) -> None:
        end = TEST_KEY if value == TEST_KEY else ending(value)
        title, end_of_it = Message(question.title), end
        if outside:
            said = message(
                "{title}: set in the environment ({end}), checked. {said}",
                title=title,
                end=end_of_it,
                said=verdict.said,
            )
        else:
            said = message("{title}: set ({end}), checked. {said}", title=title, end=end_of_it, said=verdict.said)
        self.done(said)

    async def _replaced(self, question: Question[Any], verdict: Verdict) -> Verdict | None:
        """Ask whether to replace a value that works."""
        typed = await self._console.secret(self._prompt(message("Enter keeps it; or paste another:")))
        value = cleaned(typed, question.setting)
        if not value:
            return verdict
        self._spare[question.setting] = value
        return None

    async def _asked(self, question: Question[Any]) -> Verdict:
        refusals = 0
        incomplete = ""
        while True:
            if refusals == _REFUSALS:
                await self._console.ask(self._prompt(message("I'll wait. Press Enter when you have a new one:")))
                refusals = 0
            value = await self._typed(question) or incomplete or question.otherwise
            if not value:
                self.warn(message("Nothing was pasted."))
                continue
            if said := self._misshapen(question, value):
                self.warn(said)
                continue
            verdict = await self._checked(question, value)
            if verdict.holds is Holds.ACCEPTED:
                self.done(verdict.said)
                self._kept.keep(question.setting, value)
                return verdict
            self.warn(verdict.said)
            if await self._settled(question, value, verdict):
                return verdict
            refusals += verdict.holds is Holds.REFUSED
            incomplete = ""
            if verdict.holds is Holds.INCOMPLETE:
                self.tell(message("Press Enter once that is done."))
                incomplete = value

    async def _typed(self, question: Question[Any]) -> str:
        if spare := self._spare.pop(question.setting, ""):
            return spare
        return cleaned(await self._console.secret(self._prompt(question.prompt)), question.setting)

    def _misshapen(self, question: Question[Any], value: str) -> Message | None:
        if len(value) > LONGEST:
            return message("That is far too long: copy only the value itself.")
        if not all("!" <= letter <= "~" for letter in value):
            return message("There is a space or a letter in it that no key and no token has. Copy it once more.")
        wrong = question.shape(value)
        if wrong and wrong.belongs_to:
            self._spare[wrong.belongs_to] = value
        return wrong.said if wrong else None

    async def _checked(self, question: Question[Any], value: str) -> Verdict:
        trying = self._kept.trying(question.setting, value)
        return await checked(question, value, trying, seconds=self._seconds)

    async def _settled(self, question: Question[Any], value: str, verdict: Verdict) -> bool:
        """Return whether the operator goes on with a value that is in doubt: it is kept then."""
        match verdict.holds:
            case Holds.DOUBTFUL:
                goes_on = await self._confirmed(go_on=verdict.go_on)
            case Holds.UNREACHABLE:
                answers = (message("try again"), message("go on without a check"))
                goes_on = await self.choose(message("What now?"), answers) == 1
                if not goes_on:
                    self._spare[question.setting] = value
            case _:
                goes_on = False
        if goes_on and self._kept.value(question.setting) != value:
            self._kept.keep(question.setting, value)
        return goes_on

    def _prompt(self, said: Message) -> str:
        return f"  {self._texts.text(said)} "

    async def _confirmed(self, *, go_on: bool) -> bool:
        choices = "[Y/n]" if go_on else "[y/N]"
        typed = await self._console.ask(f"{self._prompt(message('Go on?'))}{choices} ")
        return typed.strip().lower().startswith("y") or (go_on and not typed.strip())


def _no_answer(error: OSError) -> Message:
    said = of_error(error)
    return message("{said} I go on trying.", said=said) if isinstance(said, Message) else _TRYING
