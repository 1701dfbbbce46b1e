"""Answer interactions: acknowledge in time, show the reply, and withdraw a job whose reply no one can see."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace

import discord

from adapters.discord import autocomplete, parse, render, responses
from adapters.discord.address import DiscordAddress
from adapters.discord.askers import Askers
from adapters.discord.messenger import DiscordMessenger
from adapters.discord.parse import Interaction
from adapters.discord.presses import Presses
from adapters.discord.private_images import PrivateImages
from adapters.discord.refusals import described
from bot.core.commands import SHOW
from bot.core.dispatch import Bot
from bot.core.errors import BotError
from bot.core.events import ButtonEvent, Event
from bot.core.language import prepare, speak
from bot.core.language.channels import only_you, shown_elsewhere
from bot.core.language.refusals import refusal
from bot.core.model import Action, Job
from bot.core.origin import Address
from bot.core.refusals import JobNotFound
from bot.core.replies import Answer, Deletion, Placement, Reply

logger = logging.getLogger(__name__)

# Another process may be acknowledging the same interaction now; it was first, so this one waits for it.
_AFTER_YOU_SECONDS = 0.7
# These answers can come later, and take the ledger more than a moment.
_SAID = frozenset({Action.CANCEL, Action.STOP})
# Discord takes no acknowledgement after three seconds.
_ACKNOWLEDGED_AFTER_SECONDS = 2.0


class Handlers:
    """Answers every interaction exactly once."""

    def __init__(self, bot: Bot, messenger: DiscordMessenger, askers: Askers) -> None:
        self._bot, self._private_images, self._askers = bot, PrivateImages(messenger), askers
        self._clock, self._seal = messenger.wire.clock, messenger.wire.seal
        self._presses = Presses(self._clock)

    async def answer(self, interaction: Interaction) -> None:
        """Dispatch an interaction, and show the answer."""
        await prepare(str(interaction.locale))
        try:
            if interaction.type is discord.InteractionType.autocomplete:
                await self._complete(interaction)
            elif parsed := parse.event(interaction, self._seal):
                event = await self._askers.known(parsed, interaction)
                await self._show(interaction, event, await self._dispatched(interaction, event))
            elif interaction.type is not discord.InteractionType.ping:
                lost = refusal(speak(str(interaction.locale)), JobNotFound())
                await responses.respond(interaction, Reply(lines=(lost,)), private=True)
        except Exception as error:  # noqa: BLE001  one event must not cost others theirs
            logger.warning("interaction %s could not be answered: %s", interaction.id, described(error))
            await responses.say_refused(interaction, error)

    async def apologise(self, interaction: Interaction) -> None:
        """Answer an interaction that could be read only in part. Nothing was accepted."""
        await prepare(str(interaction.locale))
        await responses.say_refused(interaction, BotError())

    async def _dispatched(self, interaction: Interaction, event: Event) -> Answer:
        """Pass an event to the bot. A press that only a sentence answers is acknowledged in time without it."""
        if not isinstance(event, ButtonEvent) or event.action not in _SAID:
            return await self._bot.dispatch(event)
        dispatching = asyncio.create_task(self._bot.dispatch(event))
        try:
            if not (await asyncio.wait({dispatching}, timeout=_ACKNOWLEDGED_AFTER_SECONDS))[0]:
                with suppress(discord.HTTPException):  # somebody pressed to stop a job: so it is stopped all the same
                    await responses.defer(interaction, private=False, thinking=False)
            return await dispatching
        finally:
            dispatching.cancel()

    async def _show(self, interaction: Interaction, event: Event, answer: Answer) -> None:
        shown = answer.outdated or (answer.ended if _is_seen_by_all(interaction, answer.ended) else None)
        if shown and _is_stray(interaction, event, shown):
            await self._let_go(interaction, answer, shown)
        elif answer.outdated:
            await self._bring_up_to_date(interaction, event, answer, answer.outdated)
        elif answer.shared:
            await self._share(interaction, event, answer, answer.shared)
        elif answer.deletion:
            await self._delete(interaction, event, answer.deletion)
        elif answer.copied:
            await self._show_here(interaction, event, answer.copied)
        elif answer.opens:
            await self._open(interaction, answer)
        elif answer.reply is None:
            await self._stay_silent(interaction)
        elif answer.job:
            await self._show_queued(interaction, event.origin.address, answer.reply, answer.job)
        elif _replaces(interaction, answer) or render.pictures(answer.reply):
            await self._show_privately(interaction, event, answer)
        else:
            await self._say(interaction, answer.reply, private=_is_private(answer))

    async def _bring_up_to_date(self, interaction: Interaction, event: Event, answer: Answer, job: Job) -> None:
        """Let the pressed message show how the job ended. From now on, the press is what reaches it."""
        await responses.defer(interaction, private=False, thinking=False)
        asker, here = DiscordAddress.of(job.origin.address), DiscordAddress.of(event.origin.address)
        if pressed := interaction.message:
            # It stays the asker's message, no matter who pressed. What only the asker may see isn't sent with another
            # user's token.
            place = replace(here, user=asker.user, locale=asker.locale, followup=here.user != asker.user)
            seen = place.seen(message=pressed.id, private=pressed.flags.ephemeral)
            leaves = asker.message not in {"", str(pressed.id)}
            await self._bot.bring_up_to_date(job, seen.envelope, leaves=leaves)
        if answer.reply:
            await self._say_beside(interaction, answer.reply)

    async def _let_go(self, interaction: Interaction, answer: Answer, job: Job) -> None:
        """Delete a stray that was pressed, and say where the message is that shows the job."""
        await responses.defer(interaction, private=False, thinking=False)
        await responses.delete(interaction)
        said = answer.saying(shown_elsewhere(speak(str(interaction.locale)), job.origin.address.link)).reply
        if said:
            await self._say_beside(interaction, said)

    async def _say(self, interaction: Interaction, reply: Reply, *, private: bool) -> None:
        """Answer with a message; where the interaction is acknowledged already, for the user alone."""
        if interaction.response.is_done():
            await self._say_beside(interaction, reply)
        else:
            await responses.respond(interaction, self._clock.shown(reply), private=private)

    async def _say_beside(self, interaction: Interaction, reply: Reply) -> None:
        """Tell the user alone, where the interaction is answered already."""
        async with asyncio.timeout(responses.SECONDS):
            await interaction.followup.send(
                render.text(self._clock.shown(reply)),
                ephemeral=True,
                suppress_embeds=True,
                allowed_mentions=discord.AllowedMentions.none(),
            )

    async def _share(self, interaction: Interaction, event: Event, answer: Answer, job: Job) -> None:
        """Let everybody see what only the asker sees, where it was asked: in the answer to the press, if that is there.

        Everybody sees that answer, also where the bot isn't a member.
        """
        asker, here = DiscordAddress.of(job.origin.address), DiscordAddress.of(event.origin.address)
        if here.channel == asker.asked.channel:
            if await responses.defer(interaction, private=False, thinking=True):
                await self._private_images.show(here, Reply(lines=(only_you(speak(here.locale)),)))
                return
            place = replace(here, user=asker.user, locale=asker.locale)
            if refused := await self._bot.share(job, place.envelope):
                await responses.delete(interaction)
                await self._say_beside(interaction, refused)
        elif said := await self._bot.share(job, asker.asked.envelope) or answer.reply:
            await responses.respond(interaction, said, private=True)

    async def _show_here(self, interaction: Interaction, event: Event, job: Job) -> None:
        """Post images in the channel as the bot, and so only where the server lets it."""
        await responses.defer(interaction, private=False, thinking=False)
        if said := (await self._bot.show_here(job, event.origin)).reply:
            await self._say_beside(interaction, said)

    async def _show_queued(self, interaction: Interaction, address: Address, reply: Reply, job: str) -> None:
        try:
            seen = await responses.show_queued(interaction, address, self._clock.shown(reply), job)
        except Exception as error:  # noqa: BLE001  after any error nobody sees the job
            logger.warning("job %s is taken back, since no one sees it: %s", job, described(error))
            await self._bot.withdraw(job)
            await responses.say_refused(interaction, error)
        else:
            await self._bot.confirm(job, seen)

    async def _open(self, interaction: Interaction, answer: Answer) -> None:
        if answer.prompt is not None:
            await responses.show_prompt(interaction, answer.prompt)
        elif answer.confirmation:
            await responses.open_form(interaction, render.question(answer.confirmation))
        elif answer.form:
            await responses.open_form(interaction, render.modal(answer.form))

    async def _delete(self, interaction: Interaction, event: Event, deletion: Deletion) -> None:
        """Delete a job. If its message was pressed, the press is what reaches it, also where the bot isn't a member."""
        await responses.defer(interaction, private=False, thinking=False)
        pressed, shown = interaction.message, DiscordAddress.of(deletion.job.origin.address).message
        about_it = pressed is not None and parse.is_about(pressed, deletion.job.id)
        if pressed and about_it and shown in {"", str(pressed.id)}:
            here = DiscordAddress.of(event.origin.address)
            there = here.seen(message=pressed.id, private=pressed.flags.ephemeral)
            said = await self._bot.delete(deletion, there.envelope)
        else:
            said = await self._bot.delete(deletion)
            # Also another message that is about this job alone, such as one of the history's.
            about_it = about_it and not said.refused and await responses.delete(interaction)
        if said.reply and (said.refused or not about_it):
            await self._say_beside(interaction, said.reply)

    async def _stay_silent(self, interaction: Interaction) -> None:
        """Show nothing for a duplicate. A second press is acknowledged: otherwise the user would be shown a failure."""
        if interaction.type is discord.InteractionType.application_command:
            return
        await asyncio.sleep(_AFTER_YOU_SECONDS)
        await responses.defer(interaction, private=False, thinking=False)

    async def _show_privately(self, interaction: Interaction, event: Event, answer: Answer) -> None:
        """Acknowledge first, then upload pictures that only the user sees. It may replace the pressed message."""
        replaces = _replaces(interaction, answer)
        once = interaction.type is discord.InteractionType.component and not replaces
        if once and not self._presses.begin(interaction):
            await self._stay_silent(interaction)
            return
        try:
            await responses.defer(interaction, private=_is_private(answer), thinking=not replaces)
            if answer.reply:
                await self._private_images.show(DiscordAddress.of(event.origin.address), answer.reply)
        finally:
            if once:
                self._presses.end(interaction)

    async def _complete(self, interaction: Interaction) -> None:
        """Offer the option's values that fit the typed text, for the model that is already chosen."""
        options, focused = parse.options(interaction), parse.focused(interaction)
        if focused is None:
            return
        if parse.command_name(interaction) == SHOW.name:
            user = parse.user(interaction)
            found = autocomplete.named(await self._bot.own_images(options[focused], user))
            async with asyncio.timeout(responses.SECONDS):
                await interaction.response.autocomplete(found)
            return
        model = options.get("model", "").strip() if focused != "model" else ""
        suggestions = await self._bot.suggestions(focused, model or None, str(interaction.locale))
        async with asyncio.timeout(responses.SECONDS):
            await interaction.response.autocomplete(autocomplete.choices(suggestions, options[focused]))


def _is_stray(interaction: Interaction, event: Event, job: Job) -> bool:
    """Return whether another message shows the job of the pressed one, in the same channel."""
    known, here, pressed = DiscordAddress.of(job.origin.address), event.origin.address, interaction.message
    if pressed is None or known.message in {"", str(pressed.id)}:
        return False
    return known.channel == DiscordAddress.of(here).channel and not known.moved


def _is_seen_by_all(interaction: Interaction, job: Job | None) -> bool:
    """Return whether the pressed message is one that others see, about that job alone, and not a list."""
    pressed = interaction.message
    return bool(pressed and job and not pressed.flags.ephemeral and parse.is_about(pressed, job.id))


def _is_private(answer: Answer) -> bool:
    return answer.placement is not Placement.PUBLIC


def _replaces(interaction: Interaction, answer: Answer) -> bool:
    """Return whether the pressed message is to be replaced, and is one that only the user sees."""
    pressed = interaction.message
    return answer.placement is Placement.IN_PLACE and pressed is not None and pressed.flags.ephemeral
