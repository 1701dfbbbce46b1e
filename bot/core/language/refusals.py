"""The sentences that refuse something: what was wrong, and what would be right."""

from collections.abc import Mapping

from bot.core import errors, refusals
from bot.core.language.language import Language
from bot.core.message import Message, counted, marked, message
from bot.core.model import Window
from bot.core.replies import Code, Line, Shown, Span, Timestamp, Typed, UserText

_LONGEST_LIST = 12
# A sentence with a longer text to copy would be cut on some chat, and the text with it.
_LONGEST_TO_COPY = 800
_INTERNAL = marked("Something went wrong on my side. Nothing was charged; please try again.")
_PLAIN: Mapping[type[errors.BotError], str] = {
    refusals.BacklogFull: marked(
        "Too many people are waiting right now. Nothing was charged; try again in a few minutes."
    ),
    refusals.Busy: marked("I'm busy right now. Nothing was charged; try again in a moment."),
    refusals.ShuttingDown: marked("I'm restarting. Nothing was charged; try again in a minute."),
    refusals.GatewayDown: marked("I can't use the image service right now. Please tell the bot's owner."),
    refusals.StoreAway: marked("I can't store images right now, so I draw none. Please tell the bot's owner."),
    refusals.NoModel: marked("None of my models can draw. Nothing was charged; please tell the bot's owner."),
    refusals.NotHere: marked("This bot draws only in its own servers. Nothing was charged."),
    refusals.GuestRefused: marked("Guests can't draw here. Nothing was charged."),
    refusals.Forbidden: marked("The admins here don't let you use this command in this place. Nothing was charged."),
    refusals.AdminUnknown: marked("I can't find out now whether you are an admin here. Try again in a minute."),
    refusals.NotYours: marked("Only the person who asked, or an admin here, can do that."),
    refusals.JobNotFound: marked("I no longer know this image, so I can't do that."),
    refusals.NoSuchImage: marked("You have no image with that number."),
    refusals.ImagesNotKept: marked("The images are no longer kept."),
    refusals.NoImagesFromYou: marked("You may not post images here, so I don't show any for you."),
    refusals.UnreadableJob: marked(
        "Another version of this bot stored this image, and I can't read it. Try again later."
    ),
    refusals.UnclearAction: marked(
        "This button is from another version of this bot. Type a command instead, or try again later."
    ),
    refusals.TooOld: marked("This button worked for half an hour. Nothing was charged; please ask again."),
    refusals.TooLate: marked("Too late: this job has already moved on."),
}


def refusal(texts: Language, error: errors.BotError) -> Line:
    """Return one or two sentences that say what was wrong and what would be right."""
    match error:
        case refusals.UsageError():
            return _usage(texts, error)
        case refusals.Refusal():
            return texts.line(_refused(texts, error))
        case _:
            return texts.line(Message(_INTERNAL))


def listed(texts: Language, names: tuple[str | Message, ...], prefix: str = "") -> Line:
    """Return `a, b or c`, each name to be copied unchanged; of a long list its start, and how many more there are."""
    shown: list[Span] = [
        texts.text(name) if isinstance(name, Message) else Code(prefix + name) for name in names[:_LONGEST_LIST]
    ]
    if len(names) <= _LONGEST_LIST:
        return texts.either(shown)
    return texts.say_counted(
        "{names} or {n} more", "{names} or {n} more", len(names) - len(shown), names=texts.enumerated(shown)
    )


def resets(window: Window) -> Message:
    """Return the sentence that says when a user's quota resets."""
    return message("Your quota resets {when}.", when=Timestamp(window.end, Shown.RELATIVE))


def _usage(texts: Language, error: refusals.UsageError) -> Line:
    match error:
        case refusals.EmptyPrompt():
            example = Typed.of("imagine", texts.label("a paper boat at dusk"))
            return texts.say("Say what to draw, for example {example}.", example=example)
        case refusals.PromptTooLong(model=model, length=length, limit=limit):
            return texts.say(
                "The prompt has {length} characters; {model} takes at most {limit}.",
                length=length,
                model=Code(model),
                limit=limit,
            )
        case refusals.UnknownCommand(name=name, known=known):
            return texts.say(
                "There is no command {name}; use {known}.", name=UserText(name), known=listed(texts, known, "/")
            )
        case refusals.UnknownFlag(flag=flag, known=known):
            return texts.say(
                "There is no flag {flag}; use {known}.", flag=UserText(f"--{flag}"), known=listed(texts, known, "--")
            )
        case refusals.MidjourneyFlags(flags=flags, instead=instead):
            return _midjourney(texts, flags, instead)
        case refusals.MissingValue(flag=flag):
            return texts.say("{flag} needs a value after it.", flag=UserText(f"--{flag}"))
        case refusals.RepeatedOption(option=option, other=other):
            return _repeated(texts, option, other)
        case _:
            return _unfit(texts, error)


def _midjourney(texts: Language, flags: tuple[str, ...], instead: str) -> Line:
    to_copy = 0 < len(instead) <= _LONGEST_TO_COPY
    return texts.say_counted(
        "{flags} is Midjourney's and means nothing here. {cure} To draw two dashes, put a lone {dashes} before them.",
        "{flags} are Midjourney's and mean nothing here. {cure} To draw two dashes, put a lone {dashes} before them.",
        len(flags),
        flags=texts.together([Code(f"--{flag}") for flag in flags]),
        cure=message("Send this instead: {prompt}.", prompt=Code(instead)) if to_copy else message("Leave that out."),
        dashes=Code("--"),
    )


def _repeated(texts: Language, option: str, other: str) -> Line:
    given, same = Code(f"--{option}"), Code(f"--{other}")
    if option == other:
        return texts.say("Given twice: {flag}. Give it once.", flag=given)
    return texts.say("Given twice: {flag} and {other} are the same thing. Give one of them.", flag=given, other=same)


def _unfit(texts: Language, error: refusals.UsageError) -> Line:
    match error:
        case refusals.BadValue(option=option, value=value, allowed=allowed, model=str(model)):
            return texts.say(
                "{option} can't be {value} with {model}; it can be {allowed}.",
                option=Code(option),
                value=UserText(value),
                model=Code(model),
                allowed=listed(texts, allowed),
            )
        case refusals.BadValue(option=option, value=value, allowed=allowed):
            return texts.say(
                "{option} can't be {value}; it can be {allowed}.",
                option=Code(option),
                value=UserText(value),
                allowed=listed(texts, allowed),
            )
        case refusals.OptionNotTaken(option=option, model=model, takes=()):
            return texts.say(
                "{model} takes no {option}; it takes only a prompt.", model=Code(model), option=Code(option)
            )
        case refusals.OptionNotTaken(option=option, model=model, takes=takes):
            return texts.say(
                "{model} takes no {option}; it takes {takes}.",
                model=Code(model),
                option=Code(option),
                takes=listed(texts, takes),
            )
        case refusals.UnknownModel(name=name, offered=offered):
            return texts.say(
                "The model {name} isn't offered here; choose {offered}.",
                name=UserText(name),
                offered=listed(texts, offered),
            )
        case _:
            return texts.line(Message(_INTERNAL))


def _refused(texts: Language, error: refusals.Refusal) -> Message:
    match error:
        case refusals.QuotaExceeded():
            return _quota_exceeded(error)
        case refusals.TooManyOpen(limit=limit):
            return counted(
                "You already have a job waiting or being drawn. Wait until it is done.",
                "You already have {n} jobs waiting or being drawn. Wait until one of them is done.",
                limit,
            )
        case refusals.BudgetSpent(window=window):
            return message(
                "The shared budget for this period is used up. The next period starts {when}.",
                when=Timestamp(window.end, Shown.RELATIVE),
            )
        case refusals.ModelCoolingDown(model=model):
            return message("{model} is overloaded. Choose another model, or try again in a minute.", model=Code(model))
        case refusals.Outsider(community=str(community)) if community:
            return message(
                "Only people of {community} can draw here. Nothing was charged.", community=UserText(community)
            )
        case refusals.NoFiles(code=code):
            return message("This workspace takes no files from me now ({code}). Nothing was charged.", code=Code(code))
        case refusals.ShownOften(most=most):
            return message("These images are shown in {n} other messages already. More aren't possible.", n=most)
        case refusals.NotYoursToDelete():
            return _not_theirs_to_delete(error)
        case refusals.Outsider():
            return Message(_PLAIN[refusals.NotHere])
        case _:
            return Message(_PLAIN.get(type(error), _INTERNAL))


def _not_theirs_to_delete(error: refusals.NotYoursToDelete) -> Message:
    if error.elsewhere:
        return message("Only the person who asked can delete this from here.")
    if error.moderators:
        return message("Only the person who asked, or a moderator here, can delete this.")
    return message("Only the person who asked, or an admin, can delete this.")


def _quota_exceeded(error: refusals.QuotaExceeded) -> Message:
    left, again = max(0, error.quota - error.used - error.reserved), resets(error.window)
    if left:
        return counted(
            "That is {n} image, and you have {left} of {quota} left. Ask for fewer. {resets}",
            "That is {n} images, and you have {left} of {quota} left. Ask for fewer. {resets}",
            error.asked,
            left=left,
            quota=error.quota,
            resets=again,
        )
    gone = error.used + error.reserved
    if error.doubt:
        return message(
            "Your images are used up ({gone} of {quota}), {doubt} of them by unknown outcomes, of which {quota} were "
            "free before. {resets}",
            gone=gone,
            quota=error.quota,
            doubt=error.doubt,
            resets=again,
        )
    if error.reserved:
        return message(
            "Your images are used up or on the way ({gone} of {quota}). {resets}",
            gone=gone,
            quota=error.quota,
            resets=again,
        )
    return message("Your images are used up ({gone} of {quota}). {resets}", gone=gone, quota=error.quota, resets=again)
