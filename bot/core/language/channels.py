"""Sentences about conversations: where the bot can't post, and where it posts instead."""

from bot.core.language.language import Language
from bot.core.origin import Conversation
from bot.core.replies import Code, Line, Typed, UserText


def moved(texts: Language, conversation: Conversation) -> Line:
    """Return the line, for a direct message, that says why the result is shown there."""
    if conversation.name:
        return texts.say("I couldn't post in {channel}, so here it is.", channel=UserText(conversation.name))
    return texts.say("I couldn't post where you asked, so here it is.")


def undelivered(texts: Language) -> Line:
    """Return the line that says the images can only be seen in the history."""
    return texts.say(
        "The images are done, but I couldn't show them here. Find them with {history}.", history=Typed.of("history")
    )


def invite_me(texts: Language, invitation: str) -> Line:
    """Return the line that says the bot must be invited before it can post, and how."""
    return texts.say(
        "I'm not in this channel. Type {invitation}, then ask again. Nothing was charged.", invitation=Code(invitation)
    )


def no_guests(texts: Language) -> Line:
    """Return the line that says the bot can't post here and can't be invited either."""
    return texts.say(
        "I can't post in this conversation. Ask in a channel, or in a direct message to me. Nothing was charged."
    )


def may_not_post(texts: Language) -> Line:
    """Return the line that says that the bot isn't allowed to post here."""
    return texts.say(
        "I'm not allowed to post here: the channel is archived or restricted. Ask in another one. Nothing was charged."
    )


def sent_directly(texts: Language) -> Line:
    """Return the line that says images were sent to the user in a direct message."""
    return texts.say("I sent you the images in a direct message.")


def not_sent_directly(texts: Language) -> Line:
    """Return the line that says images could not be sent to the user in a direct message."""
    return texts.say("I couldn't send you the images in a direct message. Try again in a minute.")


def pictures_missing(texts: Language) -> Line:
    """Return the line that says images could not be shown, or are already deleted."""
    return texts.say("I couldn't show the images: they are no longer stored, or the chat didn't accept them.")
