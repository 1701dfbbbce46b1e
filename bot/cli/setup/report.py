"""The unattended set-up: each value of the environment is checked, and each result is one line."""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from bot.cli.setup.checking import checked
from bot.cli.setup.kept import Kept
from bot.core.language.language import Language
from bot.core.message import Message, message
from bot.core.setup import Holds, Question, Verdict
from bot.settings import Settings

T = TypeVar("T")

_TAKEN = frozenset({Holds.ACCEPTED, Holds.DOUBTFUL})


class Report:
    """The conversation of an unattended set-up: a value that has to be asked for counts as missing, and nothing is
    waited for.

    `tell` prints a line. `as_json` makes each an object, for programs.
    """

    def __init__(self, tell: Callable[[str], None], kept: Kept, texts: Language, *, as_json: bool = False) -> None:
        self._tell, self._kept, self._texts, self._as_json = tell, kept, texts, as_json
        self.refused = False
        """Whether something that was checked does not hold."""

    @property
    def settings(self) -> Settings:
        """The settings as they are now."""
        return self._kept.settings

    @property
    def locale(self) -> str:
        """The locale of the operator's language."""
        return self._texts.locale

    def tell(self, *said: Message) -> None:
        """Say nothing: it is about what to do."""

    def done(self, said: Message) -> None:
        """Tell that a step is done."""
        self.step("done", "✓", said)

    def warn(self, said: Message) -> None:
        """Tell what is wrong."""
        self.step("warning", "→", said)

    def open(self, url: str) -> None:
        """Open nothing."""

    def link(self, name: str, url: str) -> None:
        """Tell an address."""
        self._line({"step": name, "url": url}, f"{name}: {url}")

    def step(self, step: str, mark: str, said: Message, **more: object) -> None:
        """Tell a step."""
        text = self._texts.text(said)
        self._line({"step": step, **more, "said": text}, f"{mark} {text}")

    async def secret(self, question: Question[Any]) -> Verdict:
        """Check the value that is set, and keep it if it holds."""
        value = self._kept.value(question.setting)
        if not value:
            said = message("{setting} is missing.", setting=question.setting)
            verdict = Verdict(holds=Holds.MISSING, said=said)
        else:
            verdict = await checked(question, value, self.settings)
        taken = verdict.holds in _TAKEN
        self.refused = self.refused or not taken
        if taken:
            self._kept.keep(question.setting, value)
        mark = "✓" if verdict.holds is Holds.ACCEPTED else "→"
        text = self._texts.text(verdict.said)
        self._line(
            {"step": question.setting, "ok": taken, "result": verdict.holds.value, "said": text},
            f"{mark} {question.setting}: {text}",
        )
        return verdict

    async def choose(self, question: Message, answers: Sequence[Message]) -> int:
        """Return what Enter means."""
        return 0

    async def until(self, look: Callable[[], Awaitable[T | None]]) -> T | None:
        """Look once."""
        try:
            return await look()
        except OSError:
            return None

    def keep(self, setting: str, value: str) -> None:
        """Keep a value that isn't secret."""
        self._kept.keep(setting, value)

    def _line(self, as_object: dict[str, object], text: str) -> None:
        self._tell(json.dumps(as_object, ensure_ascii=False) if self._as_json else text)
