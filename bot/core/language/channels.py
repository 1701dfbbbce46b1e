"""Sentences about conversations: where the bot can't post, and where it posts instead."""

from bot.core.language.labels import ACTIONS
from bot.core.language.language import Language
from bot.core.model import Action
from bot.core.origin import Conversation
from bot.core.replies import Code, Confirmation, Line, Link, Reply, Strong, Typed, UserText


def moved(texts: Language, conversation: Conversation) -> Line:
    """Return the line, for a direct message, that says why the result is shown there."""
    if conversation.name:
        return texts.say("I couldn't post in {channel}, so here it is.", channel=UserText(conversation.name))
    return texts.say("I couldn't post where you asked, so here it is.")


def deleted_here(texts: Language) -> Line:
    """Return the line, for what only the asker sees, that says why nobody else does."""
    return texts.say("The message was deleted here, so only you see this.")


def deleted_there(texts: Language, conversation: Conversation) -> Line:
    """Return the line, for a direct message, that says that the message in a conversation was deleted."""
    if conversation.name:
        return texts.say(
            "Your message in {channel} was deleted, so only you see this.", channel=UserText(conversation.name)
        )
    return texts.say("Your message was deleted, so only you see this.")


def about(texts: Language, conversation: Conversation) -> Line:
    """Return the line that says where something was asked, for an answer that is read elsewhere."""
    if conversation.name:
        return texts.say("This is about {channel}.", channel=UserText(conversation.name))
    return texts.say("This is about the conversation where you asked.")


def sharing(texts: Language, conversation: Conversation) -> Line:
    """Return the line that says that everybody in a conversation is about to see the images."""
    if conversation.name:
        return texts.say("I'm posting it in {channel}.", channel=UserText(conversation.name))
    return texts.say("I'm posting it where you asked.")


def only_you(texts: Language) -> Line:
    """Return the line that says that nobody else can be shown anything here."""
    return texts.say("This server lets me answer only you.")


def shared_already(texts: Language, link: str) -> Line:
    """Return the line that says that everybody sees the images already, and where."""
    return (*texts.say("It is shared already."), *_there(texts, link))


def shown_elsewhere(texts: Language, link: str) -> Line:
    """Return the line that says that another message than the pressed one shows how a job ended."""
    return (*texts.say("Another message shows it."), *_there(texts, link))


def notice(texts: Language, *, ready: bool, link: str) -> Reply:
    """Return the message that tells somebody who waited for a long time that there is an outcome, and where."""
    said = texts.say("Your images are ready.") if ready else texts.say("Your images could not be drawn.")
    return Reply(lines=((*said, *_there(texts, link)),))


def _there(texts: Language, link: str) -> Line:
    return (" ", Link(texts.label("Go to the message"), link)) if link else ()


def undelivered(texts: Language) -> Line:
    """Return the line that says the images can only be seen in the history."""
    return texts.say(
        "The images are done, but I couldn't show them here. Find them with {history}.", history=Typed.of("history")
    )


def files_refused(texts: Language, code: str) -> Line:
    """Return the line that says that no files are taken from the bot, with the platform's own word for it."""
    return texts.say(
        "Drawn, but this workspace takes no files from me ({code}). An admin can allow it; then press {button}.",
        code=Code(code),
        button=Strong(texts.label(ACTIONS[Action.SHOW_AGAIN])),
    )


def invite_me(texts: Language, conversation: Conversation, invitation: str) -> Line:
    """Return the line that says the bot must be invited before it can post, and how. It may be read elsewhere."""
    again = Strong(texts.label(ACTIONS[Action.TRY_AGAIN]))
    if conversation.name:
        return texts.say(
            "I'm not in {channel} yet. Choose below, or type {invitation} there and press {button}. "
            "Nothing was charged.",
            channel=UserText(conversation.name),
            invitation=Code(invitation),
            button=again,
        )
    return texts.say(
        "I'm not in this channel yet. Choose below, or type {invitation} there and press {button}. "
        "Nothing was charged.",
        invitation=Code(invitation),
        button=again,
    )


def could_not_join(texts: Language, code: str) -> Line:
    """Return the line that says that the bot was not let into a channel, with the platform's own word for it."""
    return texts.say("I could not join ({code}).", code=Code(code))


def drawing_directly(texts: Language) -> Line:
    """Return the line that says that something is drawn in a direct message instead."""
    return texts.say("I'm drawing it in a direct message.")


def no_guests(texts: Language) -> Line:
    """Return the line that says the bot can't post here and can't be invited either."""
    return texts.say(
        "I can't post in this conversation. Ask in a channel, or in a direct message to me. Nothing was charged."
    )


def may_not_post(texts: Language) -> Line:
    """Return the line that says that nobody, or not everybody, may post here."""
    return texts.say(
        "I'm not allowed to post here: the channel is archived or restricted. Ask in another one. Nothing was charged."
    )


def no_such_thread(texts: Language) -> Line:
    """Return the line that says that nothing can be posted in the thread where somebody asked."""
    return texts.say(
        "I can't answer in this thread: it is locked, or its message was deleted. Ask in the channel itself. "
        "Nothing was charged."
    )


def refused_by_policy(texts: Language, code: str) -> Line:
    """Return the line that says that the bot isn't allowed to post here, with the platform's own word for it."""
    return texts.say(
        "I may not post here ({code}). Ask an admin of this workspace. Nothing was charged.", code=Code(code)
    )


def lacks_permission(texts: Language, permission: str) -> Line:
    """Return the line that says that the bot was installed without a permission that it needs."""
    return texts.say(
        "I lack the permission {permission}: the bot's owner has to reinstall me. Nothing was charged.",
        permission=Code(permission),
    )


def message_refused(texts: Language, code: str) -> Line:
    """Return the line that says that the platform takes no message of the bot's, with its own word for it."""
    return texts.say(
        "My message was refused ({code}). Please tell the bot's owner. Nothing was charged.", code=Code(code)
    )


def words_left_out(texts: Language) -> Line:
    """Return the line that says why there is no prompt."""
    return texts.say("The words are left out, since they were not let through here.")


def sent_directly(texts: Language) -> Line:
    """Return the line that says images were sent to the user in a direct message."""
    return texts.say("I sent you the images in a direct message.")


def not_sent_directly(texts: Language) -> Line:
    """Return the line that says images could not be sent to the user in a direct message."""
    return texts.say("I couldn't send you the images in a direct message. Try again in a minute.")


def pictures_missing(texts: Language) -> Line:
    """Return the line that says images could not be shown, or are already deleted."""
    return texts.say("I couldn't show the images: they are no longer stored, or the chat didn't accept them.")


def not_shown_here(texts: Language) -> Line:
    """Return the line that says why images can't be posted in a place."""
    return texts.say(
        "I can't show it here: I'm not a member, the channel is archived, or I'm not allowed to post images."
    )


def not_shown_now(texts: Language) -> Line:
    """Return the line that says that images can't be posted just now."""
    return texts.say("I couldn't show it here. Try again in a minute.")


def not_a_member(texts: Language, conversation: Conversation, invitation: str) -> Line:
    """Return the line that says how the bot comes to where images are to be posted."""
    again = Strong(texts.label(ACTIONS[Action.SHOW_HERE]))
    if conversation.name:
        return texts.say(
            "I'm not in {channel} yet. Type {invitation} there, then press {button} again.",
            channel=UserText(conversation.name),
            invitation=Code(invitation),
            button=again,
        )
    return texts.say(
        "I'm not in this channel yet. Type {invitation} here, then press {button} again.",
        invitation=Code(invitation),
        button=again,
    )


def takes_no_files(texts: Language, code: str) -> Line:
    """Return the line that says that images can't be posted, with the platform's own word for it."""
    return texts.say("I can't show it: this workspace takes no files from me ({code}).", code=Code(code))


def shown_to_all(texts: Language, job: str) -> Confirmation:
    """Return the form that asks whether others may see what only its asker does."""
    return Confirmation(
        title=texts.label("Show it here?"),
        text=texts.label("Only you have seen these images. Here everybody will."),
        submit=texts.label("Show here"),
        job=job,
        action=Action.SHOW_HERE,
    )


def confirmation(texts: Language, job: str, *, keep: bool) -> Confirmation:
    """Return the form that asks whether a job's images are to be deleted."""
    return Confirmation(
        title=texts.label("Delete these images?"),
        text=texts.label("They disappear here and from the history, for everybody. They still count."),
        submit=texts.label("Delete"),
        keep=texts.label("Keep them in my history") if keep else "",
        job=job,
    )


def deleted(texts: Language) -> Line:
    """Return the line that says that it is done."""
    return texts.say("Deleted.")


def deleted_without_message(texts: Language) -> Line:
    """Return the line that says what is left."""
    return texts.say("Deleted, except for the message itself: I can't reach it. Ask a moderator there to delete it.")


def not_deleted(texts: Language) -> Line:
    """Return the line that says that the chat doesn't let the message be deleted now."""
    return texts.say("I couldn't delete the message. Try again in a minute.")
