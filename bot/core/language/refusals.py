"""The sentences that refuse something: what was wrong, and what would be valid."""

from typing import ClassVar

from bot.core import errors
from bot.core.model import Window
from bot.core.replies import Code, Line, Shown, Timestamp, Typed, UserText

_LONGEST_LIST = 12


class EnglishRefusals:
    """The sentences for errors, chosen by the error's type."""

    internal: Line = ("Something went wrong inside the bot. Nothing was charged; please try again.",)

    def refusal(self, error: errors.BotError) -> Line:
        """Return one or two sentences that say what was wrong and what would be valid."""
        match error:
            case errors.UsageError():
                return self._usage(error)
            case errors.Refusal():
                return self._refused(error)
            case _:
                return self.internal

    def _usage(self, error: errors.UsageError) -> Line:
        match error:
            case errors.EmptyPrompt():
                return ("Say what to draw, for example ", Typed.of("imagine", "a paper boat at dusk"), ".")
            case errors.PromptTooLong(model=model, length=length, limit=limit):
                return (f"The prompt has {length:,} characters; ", Code(model), f" takes at most {limit:,}.")
            case errors.UnknownCommand(name=name, known=known):
                return ("There is no command ", UserText(name), "; use ", *listed(known, "/"), ".")
            case errors.UnknownFlag(flag=flag, known=known):
                return ("There is no flag ", UserText(f"--{flag}"), "; use ", *listed(known, "--"), ".")
            case errors.MissingValue(flag=flag):
                return ("The flag ", UserText(f"--{flag}"), " needs a value after it.")
            case errors.RepeatedOption(flag=flag):
                what = "The size is given twice, the second time with " if flag in {"size", "ar"} else "Given twice: "
                return (what, UserText(f"--{flag}"), ". Give it once.")
            case errors.BadValue(option=option, value=value, allowed=allowed, model=model):
                whose: Line = (" with ", Code(model)) if model else ()
                return (Code(option), " can't be ", UserText(value), *whose, "; it can be ", *listed(allowed), ".")
            case errors.OptionNotTaken(option=option, model=model, takes=takes):
                rest: Line = ("it takes ", *listed(takes)) if takes else ("it takes only a prompt",)
                return (Code(model), " takes no ", Code(option), "; ", *rest, ".")
            case errors.UnknownModel(name=name, offered=offered):
                return ("The model ", UserText(name), " is not offered here; choose ", *listed(offered), ".")
            case _:
                return self.internal

    def _refused(self, error: errors.Refusal) -> Line:
        match error:
            case errors.QuotaExceeded():
                return self._quota_exceeded(error)
            case errors.TooManyOpen(limit=limit):
                jobs, one = ("a job", "it") if limit == 1 else (f"{limit} jobs", "one of them")
                return (f"You already have {jobs} waiting or being drawn. Wait until {one} is done.",)
            case errors.BudgetSpent(window=window):
                return ("Everybody's images for this period are used up. The next period starts ", *_when(window), ".")
            case errors.ModelCoolingDown(model=model):
                return (
                    "The image service has no room for ",
                    Code(model),
                    " now. Choose another, or try in a minute.",
                )
            case _:
                return (self._plain.get(type(error), self.internal[0]),)

    _plain: ClassVar[dict[type[errors.Refusal], str]] = {
        errors.BacklogFull: "Too many people are waiting at the moment. Please try again in a few minutes.",
        errors.Busy: "The bot is busy. Nothing was accepted or charged; please try again in a moment.",
        errors.ShuttingDown: "The bot is restarting. Nothing was accepted or charged; please try again in a minute.",
        errors.GatewayDown: "The bot is out of order: the image service refuses it. Its operator has to look at it.",
        errors.NotYours: "Only the person who asked, or an admin of this place, can do that.",
        errors.JobNotFound: "The bot no longer knows this image, so it can't do that.",
        errors.UnreadableJob: "Another version of the bot keeps this image; this one can't read it. Try again later.",
        errors.UnclearAction: "This button is from another version of the bot. Type a command instead, or try later.",
        errors.TooLate: "It is too late for that: this job has already moved on.",
    }

    def _quota_exceeded(self, error: errors.QuotaExceeded) -> Line:
        left = max(0, error.quota - error.used - error.reserved)
        again: Line = ("Your quota starts anew ", *_when(error.window), ".")
        if left:
            return (f"That is {error.asked} images, and you have {left} of {error.quota} left. Ask for fewer. ", *again)
        made = "Your images are used up" if not error.reserved else "Your images are used up or on the way"
        return (f"{made} ({error.used + error.reserved} of {error.quota}). ", *again)


def listed(names: tuple[str, ...], prefix: str = "") -> Line:
    """Return `a, b or c`, each to be copied unchanged; of a long list its start, and how many more there are."""
    shown = names[:_LONGEST_LIST]
    line: list[Code | str] = []
    for position, name in enumerate(shown):
        last = position == len(names) - 1
        line += [*([" or " if last else ", "] if position else []), Code(prefix + name)]
    more = len(names) - len(shown)
    return (*line, *([f" or {'another' if more == 1 else f'one of {more} others'}"] if more else []))


def _when(window: Window) -> Line:
    return (Timestamp(window.end, Shown.RELATIVE),)
