"""Responses to interactions: sent within three seconds, and looked for if it isn't known whether one arrived."""

import asyncio
import io
import logging
from contextlib import suppress

import discord

from adapters.discord import render
from adapters.discord.address import DiscordAddress
from adapters.discord.parse import Interaction
from adapters.discord.refusals import MAY_BE_THE_WORDS, WayClosed, code_of, described, meaning, translated
from adapters.discord.ways import ORIGINAL
from bot.core.errors import BotError, DeliveryError
from bot.core.language import speak
from bot.core.language.channels import message_refused, words_left_out
from bot.core.language.refusals import refusal
from bot.core.origin import Address
from bot.core.replies import Reply

logger = logging.getLogger(__name__)

# Discord accepts no acknowledgement after 3 s, so there is no reason to wait much longer.
# https://docs.discord.com/developers/interactions/receiving-and-responding
SECONDS = 5.0

# What broke the acknowledgement may also break the request that checks it.
_LOOK_AGAIN_SECONDS = (0.3, 1.0, 2.0)
# A job is held for 15 s, and to accept it takes two of these at most. Then it would start, seen or not.
_KNOWN_AFTER_SECONDS = 11.0
# It is too late, or another process was first.
_OVER = frozenset({10062, 40060})


async def respond(
    interaction: Interaction, reply: Reply, *, private: bool, silent: bool = False
) -> discord.InteractionCallbackResponse[discord.Client]:
    """Answer with a message; if it is refused, perhaps for its words, without the words of people and models."""
    try:
        return await _respond(interaction, reply, private=private, silent=silent)
    except discord.HTTPException as error:
        if not isinstance(meaning(error), MAY_BE_THE_WORDS):
            raise
        logger.info("interaction %s: once more without words: %s", interaction.id, described(error))
        why = words_left_out(speak(str(interaction.locale)))
        return await _respond(interaction, reply.without_words(why), private=private, silent=silent)


async def open_form(interaction: Interaction, form: discord.ui.Modal) -> None:
    """Answer with a form."""
    async with asyncio.timeout(SECONDS):
        await interaction.response.send_modal(form)


async def show_prompt(interaction: Interaction, prompt: str) -> None:
    """Show a prompt as it was written, to the user alone: one that is too long for a message as a file."""
    content = render.paragraphs(prompt)
    file = (
        discord.utils.MISSING if content else discord.File(io.BytesIO(prompt.encode("utf-8", "replace")), "prompt.txt")
    )
    async with asyncio.timeout(SECONDS):
        await interaction.response.send_message(
            content or None,
            file=file,
            ephemeral=True,
            suppress_embeds=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )


async def defer(interaction: Interaction, *, private: bool, thinking: bool) -> bool:
    """Answer that a message follows. If it isn't known whether that arrived, it is taken to have.

    Return whether the user alone will see it, which some servers force.
    """
    try:
        async with asyncio.timeout(SECONDS):
            deferred = await interaction.response.defer(ephemeral=private, thinking=thinking)
            return deferred is not None and deferred.is_ephemeral()
    except Exception as error:
        if isinstance(error, discord.HTTPException) and isinstance(meaning(error), WayClosed):
            raise
        logger.info("interaction %s: is it acknowledged? %s", interaction.id, described(error))
        return private


async def show_queued(interaction: Interaction, address: Address, reply: Reply, job: str) -> Address:
    """Answer with a job's first message, as `respond` does, and return where it is.

    Raises discord.py's error if nobody sees it.
    """
    latest = asyncio.get_running_loop().time() + _KNOWN_AFTER_SECONDS
    try:
        # People are notified when there is something to see.
        shown = await respond(interaction, reply, private=False, silent=True)
    except Exception:
        # The message may be there even if discord.py can't read the answer.
        with suppress(TimeoutError):
            async with asyncio.timeout_at(latest):
                if seen := await _seen_after_all(interaction, address, job):
                    return seen
        raise
    if shown.message_id is None:
        return address
    return DiscordAddress.of(address).seen(message=shown.message_id, private=shown.is_ephemeral()).envelope


async def delete(interaction: Interaction) -> bool:
    """Delete the response, which is the pressed message if there is one. Return whether that was possible."""
    try:
        async with translated():
            await interaction.delete_original_response()
    except (WayClosed, DeliveryError) as error:
        logger.info("interaction %s: its message stays: %s", interaction.id, error)
        return False
    return True


async def say_refused(interaction: Interaction, error: Exception) -> None:
    """Tell the user alone that their command has failed, unless somebody else has answered it, or nobody can."""
    texts, code = speak(str(interaction.locale)), code_of(error)
    if code in _OVER or interaction.type is discord.InteractionType.autocomplete:
        return
    try:
        line = message_refused(texts, str(code)) if code else refusal(texts, BotError())
        await respond(interaction, Reply(lines=(line,)), private=True)
    except Exception as unheard:  # noqa: BLE001  Discord tells the user by itself that there was no answer
        logger.info("interaction %s: nor could that be said: %s", interaction.id, described(unheard))


async def _respond(
    interaction: Interaction, reply: Reply, *, private: bool, silent: bool
) -> discord.InteractionCallbackResponse[discord.Client]:
    async with asyncio.timeout(SECONDS):
        return await interaction.response.send_message(
            render.text(reply),
            view=render.view(reply) or discord.utils.MISSING,
            ephemeral=private,
            silent=silent,
            suppress_embeds=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )


async def _seen_after_all(interaction: Interaction, address: Address, job: str) -> Address | None:
    """Return the address if the acknowledgement arrived but its answer didn't: the response then shows this job.

    discord.py repeats a request that was answered with 502, and Discord refuses the repetition: as a second
    acknowledgement, or after three seconds, as one for an unknown interaction.
    """
    message = await _original(interaction)
    if message is None:
        return None
    buttons = (button for row in message.components for button in getattr(row, "children", ()))
    if not any(str(getattr(button, "custom_id", "")).endswith(f":{job}") for button in buttons):
        return None
    return DiscordAddress.of(address).seen(message=message.id, private=message.flags.ephemeral).envelope


async def _original(interaction: Interaction) -> discord.WebhookMessage | None:
    """Return the response; None if it doesn't exist, or if several tries got no answer."""
    for pause in _LOOK_AGAIN_SECONDS:
        try:
            async with asyncio.timeout(SECONDS):
                return await interaction.followup.fetch_message(ORIGINAL)
        except Exception as error:  # noqa: BLE001  an answer that can't be read doesn't count
            if isinstance(error, discord.NotFound) and code_of(error):
                return None
            logger.info("interaction %s: not looked at: %s", interaction.id, described(error))
        await asyncio.sleep(pause)
    return None
