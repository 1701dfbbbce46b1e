"""Sentences about conversations: where the bot may not post, and where it posts instead."""

from typing import ClassVar

from bot.core.model import Conversation
from bot.core.replies import Code, Line, UserText


class EnglishChannels:
    """Sentences about channels and direct messages, and the labels of a form's controls."""

    option_labels: ClassVar[dict[str, str]] = {
        "prompt": "Prompt",
        "model": "Model",
        "size": "Size",
        "quality": "Quality",
        "style": "Style",
        "n": "Images",
        "background": "Background",
        "output_format": "File format",
    }

    prompt_shortened = "The prompt was longer than a form takes; its end is missing here."

    def moved(self, conversation: Conversation) -> Line:
        """Return the line, for a direct message, that says why the result is shown there."""
        place: Line = (UserText(conversation.name),) if conversation.name else ("the place where you asked",)
        return ("I could not post in ", *place, ", so here it is.")

    def invite_me(self, invitation: str) -> Line:
        """Return the line that says the bot must be invited before it can post, and how."""
        return ("I'm not in this channel. Type ", Code(invitation), ", then ask again. Nothing was charged.")

    def no_guests(self) -> Line:
        """Return the line that says the bot can't post here and can't be invited either."""
        return (
            "I can't post in this conversation. Ask in a channel, or in a direct message to me. Nothing was charged.",
        )

    def may_not_post(self) -> Line:
        """Return the line that says nobody may post here, or that the bot may not."""
        return ("I may not post here: the channel is archived or restricted. Ask in another one. Nothing was charged.",)

    def sent_directly(self) -> Line:
        """Return the line that says images were sent to the user in a direct message."""
        return ("I sent the images to you in a direct message.",)

    def not_sent_directly(self) -> Line:
        """Return the line that says images could not be sent to the user in a direct message."""
        return ("I could not send you the images in a direct message. Try again in a minute.",)

    def pictures_missing(self) -> Line:
        """Return the line that says images could not be shown, or are already deleted."""
        return ("The images could not be shown: they are no longer kept, or the chat did not take them.",)
