"""Answer interactions: acknowledge in time, show the reply, and withdraw a job whose reply no one can see."""

import asyncio
import logging

import discord

from adapters.discord import autocomplete, parse, render
from adapters.discord.address import DiscordAddress
from adapters.discord.askers import Askers
from adapters.discord.messenger import DiscordMessenger
from adapters.discord.parse import Interaction
from adapters.discord.private_images import PrivateImages
from adapters.discord.refusals import NO_ANSWER
from adapters.discord.ways import ORIGINAL
from bot.core.dispatch import Bot
from bot.core.errors import BotError, JobNotFound
from bot.core.events import Event
from bot.core.language import prepare, speak
from bot.core.language.refusals import refusal
from bot.core.model import Job
from bot.core.origin import Address
from bot.core.replies import Answer, Form, Placement, Reply

logger = logging.getLogger(__name__)

# Discord accepts no acknowledgement after 3 s, so there is no reason to wait much longer.
# https://docs.discord.com/developers/interactions/receiving-and-responding
_ACKNOWLEDGE_SECONDS = 5.0
# Another process may be acknowledging the same interaction now; it was first, so this one waits for it.
_AFTER_YOU_SECONDS = 0.7

# What broke the acknowledgement may also break the request that checks it; the job is held for longer than this.
_LOOK_AGAIN_SECONDS = (0.3, 1.0, 2.0)
_REFUSED = (discord.HTTPException, *NO_ANSWER)


class Handlers:
    """Answers every interaction exactly once."""

    def __init__(self, bot: Bot, messenger: DiscordMessenger, askers: Askers) -> None:
        self._bot, self._private_images, self._askers = bot, PrivateImages(messenger), askers

    async def answer(self, interaction: Interaction) -> None:
        """Dispatch an interaction, and show the answer."""
        await prepare(str(interaction.locale))
        try:
            if interaction.type is discord.InteractionType.autocomplete:
                await self._complete(interaction)
            elif parsed := parse.event(interaction):
                event = await self._askers.known(parsed, interaction)
                await self._show(interaction, event, await self._bot.dispatch(event))
            elif interaction.type is not discord.InteractionType.ping:
                lost = refusal(speak(str(interaction.locale)), JobNotFound())
                await self._respond(interaction, Reply(lines=(lost,)), private=True)
        except _REFUSED as error:
            logger.warning("interaction %s could not be answered: %s", interaction.id, _described(error))

    async def apologise(self, interaction: Interaction) -> None:
        """Answer an interaction of which only little could be read. Nothing was accepted."""
        if interaction.type is discord.InteractionType.autocomplete:
            return
        await prepare(str(interaction.locale))
        try:
            sorry = refusal(speak(str(interaction.locale)), BotError())
            await self._respond(interaction, Reply(lines=(sorry,)), private=True)
        except _REFUSED as error:
            logger.warning("interaction %s could not be answered: %s", interaction.id, _described(error))

    async def _show(self, interaction: Interaction, event: Event, answer: Answer) -> None:
        if answer.outdated:
            await self._bring_up_to_date(interaction, event, answer, answer.outdated)
        elif answer.form:
            await self._open(interaction, answer.form)
        elif answer.reply is None:
            await self._stay_silent(interaction)
        elif answer.job:
            await self._show_queued(interaction, event.origin.address, answer.reply, answer.job)
        elif _replaces(interaction, answer) or render.pictures(answer.reply):
            await self._show_privately(interaction, event, answer)
        else:
            await self._respond(interaction, answer.reply, private=_is_private(answer))

    async def _bring_up_to_date(self, interaction: Interaction, event: Event, answer: Answer, job: Job) -> None:
        """Let the pressed message show how the job ended. From now on, the press is what reaches it."""
        async with asyncio.timeout(_ACKNOWLEDGE_SECONDS):
            await interaction.response.defer()
        if pressed := interaction.message:
            seen = DiscordAddress.of(event.origin.address).seen(message=pressed.id, private=pressed.flags.ephemeral)
            await self._bot.bring_up_to_date(job.id, seen.envelope)
        if answer.reply:
            async with asyncio.timeout(_ACKNOWLEDGE_SECONDS):
                await interaction.followup.send(
                    render.text(answer.reply),
                    ephemeral=True,
                    suppress_embeds=True,
                    allowed_mentions=discord.AllowedMentions.none(),
                )

    async def _show_queued(self, interaction: Interaction, address: Address, reply: Reply, job: str) -> None:
        try:
            # Whoever has to be told is told when there is something to see.
            shown = await self._respond(interaction, reply, private=False, silent=True)
        except _REFUSED as error:
            seen = await self._seen_after_all(interaction, address, job)
            if seen is None:
                logger.warning("job %s is taken back, since no one sees it: %s", job, _described(error))
                await self._bot.withdraw(job)
                return
        else:
            seen = _seen(address, shown) or address
        await self._bot.confirm(job, seen)

    async def _seen_after_all(self, interaction: Interaction, address: Address, job: str) -> Address | None:
        """Return the address if the acknowledgement arrived but its answer didn't: the response then shows this job.

        discord.py repeats a request that was answered with 502, and Discord refuses the repetition: as a second
        acknowledgement, or after three seconds, as one for an unknown interaction.
        """
        message = await self._original(interaction)
        if message is None:
            return None
        buttons = (button for row in message.components for button in getattr(row, "children", ()))
        if not any(str(getattr(button, "custom_id", "")).endswith(f":{job}") for button in buttons):
            return None
        return DiscordAddress.of(address).seen(message=message.id, private=message.flags.ephemeral).envelope

    async def _original(self, interaction: Interaction) -> discord.WebhookMessage | None:
        """Return the response; None if it doesn't exist, or if several tries got no answer."""
        for pause in _LOOK_AGAIN_SECONDS:
            try:
                async with asyncio.timeout(_ACKNOWLEDGE_SECONDS):
                    return await interaction.followup.fetch_message(ORIGINAL)
            except discord.HTTPException:
                return None
            except NO_ANSWER:
                await asyncio.sleep(pause)
        return None

    async def _respond(
        self, interaction: Interaction, reply: Reply, *, private: bool, silent: bool = False
    ) -> discord.InteractionCallbackResponse[discord.Client]:
        async with asyncio.timeout(_ACKNOWLEDGE_SECONDS):
            return await interaction.response.send_message(
                render.text(reply),
                view=render.view(reply) or discord.utils.MISSING,
                ephemeral=private,
                silent=silent,
                suppress_embeds=True,
                allowed_mentions=discord.AllowedMentions.none(),
            )

    async def _open(self, interaction: Interaction, form: Form) -> None:
        async with asyncio.timeout(_ACKNOWLEDGE_SECONDS):
            await interaction.response.send_modal(render.modal(form))

    async def _stay_silent(self, interaction: Interaction) -> None:
        """Show nothing for a duplicate. A second press is acknowledged: otherwise the user would be shown a failure."""
        if interaction.type is discord.InteractionType.application_command:
            return
        await asyncio.sleep(_AFTER_YOU_SECONDS)
        async with asyncio.timeout(_ACKNOWLEDGE_SECONDS):
            await interaction.response.defer()

    async def _show_privately(self, interaction: Interaction, event: Event, answer: Answer) -> None:
        """Acknowledge first, then upload pictures that only the user sees. It may replace the pressed message."""
        async with asyncio.timeout(_ACKNOWLEDGE_SECONDS):
            await interaction.response.defer(ephemeral=_is_private(answer), thinking=not _replaces(interaction, answer))
        if answer.reply:
            await self._private_images.show(DiscordAddress.of(event.origin.address), answer.reply)

    async def _complete(self, interaction: Interaction) -> None:
        """Offer the option's values that fit the typed text, for the model that is already chosen."""
        options, focused = parse.options(interaction), parse.focused(interaction)
        if focused is None:
            return
        model = options.get("model", "").strip() if focused != "model" else ""
        suggestions = await self._bot.suggestions(focused, model or None, str(interaction.locale))
        async with asyncio.timeout(_ACKNOWLEDGE_SECONDS):
            await interaction.response.autocomplete(autocomplete.choices(suggestions, options[focused]))


def _is_private(answer: Answer) -> bool:
    return answer.placement is not Placement.PUBLIC


def _replaces(interaction: Interaction, answer: Answer) -> bool:
    """Return whether the pressed message is to be replaced, and is one that only the user sees."""
    pressed = interaction.message
    return answer.placement is Placement.IN_PLACE and pressed is not None and pressed.flags.ephemeral


def _seen(address: Address, shown: discord.InteractionCallbackResponse[discord.Client]) -> Address | None:
    if shown.message_id is None:
        return None
    return DiscordAddress.of(address).seen(message=shown.message_id, private=shown.is_ephemeral()).envelope


def _described(error: BaseException) -> str:
    # aiohttp's message may contain a URL, and with it an interaction's token.
    return str(error) if isinstance(error, discord.HTTPException) else type(error).__name__
