"""The last step: the bot runs, and waits with its operator for the first picture."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from bot.cli.assembly import Running
from bot.cli.doctor import check_groups
from bot.cli.platforms import Platforms
from bot.cli.serving import serving
from bot.cli.setup.console import Console
from bot.core.doctor import run_checks
from bot.core.jobs.sentences import reason, shorten
from bot.core.language.language import Language
from bot.core.message import Amount, Message, marked, message
from bot.core.model import Job, Status
from bot.core.setup import Place
from bot.settings import Settings

Serve = Callable[..., AbstractAsyncContextManager[tuple[Running, asyncio.Event]]]
"""As `bot.cli.serving.serving`."""

_KEEP_IT_RUNNING = "docs/operating.md#keep-it-running"
_LOOK_SECONDS = 0.1
_LIMITS: Mapping[str, str] = {
    "day": marked("Each person may draw {images} a day (QUOTA_IMAGES)."),
    "week": marked("Each person may draw {images} a week (QUOTA_IMAGES)."),
    "month": marked("Each person may draw {images} a month (QUOTA_IMAGES)."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """For how many seconds something is waited for before the operator is told what it may be."""

    connection: float = 20.0
    others: float = 5.0
    """For the other platforms, once one is connected."""
    command: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPicture:
    """Runs the bot until it is asked to stop, and says when the first picture is there."""

    console: Console
    texts: Language
    platforms: Platforms
    places: Mapping[str, Place]
    """Where it can be tried, by the platforms' titles."""
    patience: Patience = Patience()
    serve: Serve = serving
    """Runs the bot."""

    async def drawn(self, settings: Settings) -> int:
        """Return the exit status: 1 if no platform takes the bot."""
        outcomes: asyncio.Queue[Job] = asyncio.Queue()
        async with self.serve(settings, self.texts, self.platforms, shown=outcomes.put_nowait) as (bot, stop):
            stopped = asyncio.create_task(stop.wait())
            try:
                if not await self._connected(bot, settings, stopped):
                    return 0 if stopped.done() else 1
                self._invite()
                await self._first(outcomes, bot, settings, stopped)
                await stopped
            finally:
                stopped.cancel()
        return 0

    async def _connected(self, bot: Running, settings: Settings, stopped: asyncio.Task[bool]) -> bool:
        """Wait until the platforms are connected, and say what is wrong with others. Return whether one is."""
        time = asyncio.get_running_loop().time
        late = time() + self.patience.connection
        while not await bot.ready() and not stopped.done():
            one_is = (await bot.health.readiness())[0]
            if one_is:
                late = min(late, time() + self.patience.others)
            if time() > late or all(link.refused or not link.unready for link in bot.links):
                await self._say_what_is_wrong(bot, settings)
                if not one_is:
                    self._say(message("Everything that was checked is kept. Once this is solved: imagine-bot run"))
                return one_is
            await asyncio.wait({stopped}, timeout=_LOOK_SECONDS)
        return not stopped.done()

    async def _say_what_is_wrong(self, bot: Running, settings: Settings) -> None:
        """Say what the platforms said of their tokens; of the others, what the doctor finds."""
        refused = {link.name: link.refused for link in bot.links if link.refused}
        for said in (said for each in refused.values() for said in each):
            self._arrow(said)
        away = {link.name for link in bot.links if link.unready} - set(refused)
        titles = {platform.title for platform in self.platforms if platform.name in away}
        async with check_groups(settings, self.platforms) as groups:
            checks = await run_checks([group for group in groups if group.name in titles])
        for check in (check for check in checks if not check.ok):
            self._arrow(check.detail)
            if check.advice:
                self._arrow(check.advice)

    def _invite(self) -> None:
        self._say(message("The bot is running."))
        for title, place in self.places.items():
            typed = f"{place.command} {self.texts.label('a paper boat')}"
            said = message("{platform}: type  {command}", platform=Message(title), command=typed)
            if place.url:
                said = message(
                    "{platform}: type  {command}  in  {url}",
                    platform=Message(title),
                    command=typed,
                    url=place.url,
                )
            self._say(said)
            if place.hint:
                self._say(message("  ({hint})", hint=place.hint))

    async def _first(
        self, outcomes: asyncio.Queue[Job], bot: Running, settings: Settings, stopped: asyncio.Task[bool]
    ) -> None:
        """Wait for the first picture, and say that it is there."""
        patience: float | None = self.patience.command
        while not stopped.done():
            coming = asyncio.create_task(outcomes.get())
            await asyncio.wait({coming, stopped}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                coming.cancel()
                if not stopped.done():
                    self._nothing_came()
                patience = None
                continue
            job = coming.result()
            if job.images:
                self.console.show(f"✓ {self.texts.text(_drawn(job, bot.usd(job)))}")
                self._say(*self._farewell(settings))
                return
            self._no_picture(job)

    def _nothing_came(self) -> None:
        self._arrow(message("Nothing came yet. The three usual causes:"))
        self._say(
            message("  the chat was open before: reload it (Ctrl-R, ⌘R; on a phone, close and open the app);"),
            message("  it was typed in another server or workspace than the one above;"),
            message("  another process runs with the same token, and gets the commands: end it."),
            message("The bot goes on waiting."),
        )

    def _no_picture(self, job: Job) -> None:
        if job.status is Status.CANCELLED or job.fault is None:
            self._arrow(message("The first command ended without a picture. Try once more."))
        else:
            self._arrow(message("The first command ended without a picture: {why}", why=reason(job, job.fault)))

    def _farewell(self, settings: Settings) -> Sequence[Message]:
        return (
            Message(_LIMITS[settings.quota_period], {"images": str(settings.quota_images)}),
            message("The bot draws as long as this window is open."),
            message(
                "Keep it running on this machine or a server:  {page}       Ctrl-C stops it.", page=_KEEP_IT_RUNNING
            ),
        )

    def _say(self, *said: Message) -> None:
        for each in said:
            self.console.show(f"  {self.texts.text(each)}")

    def _arrow(self, said: Message | str) -> None:
        self.console.show(f"  → {self.texts.text(said) if isinstance(said, Message) else said}")


def _drawn(job: Job, usd: float | None) -> Message:
    """Return the sentence about the first picture."""
    prompt, person = shorten(job.request.prompt, 60), job.origin.user.name
    seconds = str(round(((job.ended_at or job.created_at) - job.created_at).total_seconds()))
    cost = _cost(job, usd)
    if not (place := job.origin.conversation.name):
        return message(
            'first picture: "{prompt}" for {person}, {seconds} s, {cost}.',
            prompt=prompt,
            person=person,
            seconds=seconds,
            cost=cost,
        )
    return message(
        'first picture: "{prompt}" for {person} in {place}, {seconds} s, {cost}.',
        prompt=prompt,
        person=person,
        place=place,
        seconds=seconds,
        cost=cost,
    )


def _cost(job: Job, usd: float | None) -> Message:
    if job.test:
        return message("a test picture, free")
    return message("about ${usd}", usd=Amount(usd, price=True)) if usd is not None else message("price unknown")
