"""The errors that people get as an answer when their command isn't done. The sentences are in `bot.core.language`.

UsageError                   what the user typed isn't valid
├── EmptyPrompt
├── PromptTooLong
├── UnknownCommand
├── UnknownFlag
├── MidjourneyFlags
├── MissingValue
├── RepeatedOption
├── BadValue                 a value that the option doesn't have
├── OptionNotTaken           an option that the chosen model doesn't have
└── UnknownModel
Refusal                      understood, but not accepted
├── Duplicate                already accepted: no reply is shown
├── QuotaExceeded
├── TooManyOpen
├── BacklogFull
├── BudgetSpent
├── Busy                     storage could not answer in time
├── ShuttingDown
├── GatewayDown              the gateway refuses the operator's key, or the balance is empty
├── StoreAway                images can't be stored
├── NoModel                  none of the allowed models makes images
├── ModelCoolingDown
├── NotAllowed
│   ├── NotHere              the bot draws only in its own servers or workspaces
│   ├── Outsider             only people who belong to these may draw
│   ├── GuestRefused         guests of these may not draw
│   ├── Forbidden            the platform's own permissions keep this user from the command here
│   └── NoFiles              the place takes no files from the bot now
├── AdminUnknown             the platform doesn't say whether this user is an admin
├── NotYours
├── NotYoursToDelete
├── JobNotFound
├── NoSuchImage              no image of the user's has this number
├── ImagesNotKept            they were deleted after the time for which images are kept
├── NoImagesFromYou          the place lets this user post no images
├── ShownOften               its images are shown in as many messages as are kept in mind
├── UnreadableJob            another release of the bot wrote it
├── UnclearAction            a button of another release of the bot
├── TooLate                  the job has moved on too far for this
└── TooOld                   the button worked for a while only
"""

from bot.core.errors import BotError
from bot.core.message import Message
from bot.core.model import Window


class UsageError(BotError):
    """What the user typed isn't valid. The error's sentence says what would be valid."""


class EmptyPrompt(UsageError):
    """The prompt is empty."""


class PromptTooLong(UsageError):
    """The prompt is longer than the model accepts, in characters."""

    def __init__(self, model: str, length: int, limit: int) -> None:
        super().__init__(f"prompt of {length} characters for {model}, limit {limit}")
        self.model, self.length, self.limit = model, length, limit


class UnknownCommand(UsageError):
    """There is no such command."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"unknown command {name!r}")
        self.name, self.known = name, known


class UnknownFlag(UsageError):
    """There is no such flag."""

    def __init__(self, flag: str, known: tuple[str, ...]) -> None:
        super().__init__(f"unknown flag {flag!r}")
        self.flag, self.known = flag, known


class MidjourneyFlags(UsageError):
    """Flags that only Midjourney has. `instead` is the typed text without them."""

    def __init__(self, flags: tuple[str, ...], instead: str) -> None:
        super().__init__(f"flags of Midjourney's: {flags}")
        self.flags, self.instead = flags, instead


class MissingValue(UsageError):
    """A flag without a value."""

    def __init__(self, flag: str) -> None:
        super().__init__(f"no value for {flag!r}")
        self.flag = flag


class RepeatedOption(UsageError):
    """The same option twice, or two options for the same thing (`--size` and `--ar`)."""

    def __init__(self, option: str, other: str | None = None) -> None:
        super().__init__(f"{option!r} twice")
        self.option, self.other = option, other or option


class BadValue(UsageError):
    """A value that the option doesn't have. `allowed` lists its values; a message gives a range in words."""

    def __init__(self, option: str, value: str, allowed: tuple[str | Message, ...], model: str | None = None) -> None:
        super().__init__(f"bad value for {option!r}")
        self.option, self.value, self.allowed, self.model = option, value, allowed, model


class OptionNotTaken(UsageError):
    """An option that the chosen model doesn't have. `takes` lists the options that it has."""

    def __init__(self, option: str, model: str, takes: tuple[str, ...]) -> None:
        super().__init__(f"{model} takes no {option!r}")
        self.option, self.model, self.takes = option, model, takes


class UnknownModel(UsageError):
    """A model that is not offered. `offered` lists the offered models."""

    def __init__(self, name: str, offered: tuple[str, ...]) -> None:
        super().__init__("model not offered")
        self.name, self.offered = name, offered


class Refusal(BotError):
    """Understood, but not accepted. Nothing is charged."""


class Duplicate(Refusal):
    """The same event, or the same press of a button, was accepted before."""

    def __init__(self, job: str) -> None:
        super().__init__(f"already accepted as {job}")
        self.job = job


class QuotaExceeded(Refusal):
    """The user's images in the window would exceed the quota. `doubt` of the used images have an unknown outcome."""

    def __init__(self, *, asked: int, used: int, reserved: int, quota: int, window: Window, doubt: int = 0) -> None:
        super().__init__(f"{used} used, {reserved} reserved of {quota}, {asked} asked")
        self.asked, self.used, self.reserved, self.quota, self.window = asked, used, reserved, quota, window
        self.doubt = doubt


class TooManyOpen(Refusal):
    """The user has as many open jobs as allowed."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} jobs open already")
        self.limit = limit


class BacklogFull(Refusal):
    """As many jobs wait as the bot allows."""


class BudgetSpent(Refusal):
    """All users' images in the window would exceed the operator's budget."""

    def __init__(self, window: Window) -> None:
        super().__init__("budget spent")
        self.window = window


class Busy(Refusal):
    """Storage could not answer in time; the command has no effect."""


class ShuttingDown(Refusal):
    """The bot is shutting down and accepts no new jobs."""


class GatewayDown(Refusal):
    """The gateway refuses the operator's key, or the balance is empty."""


class StoreAway(Refusal):
    """Images can't be stored, so no image is drawn."""


class NoModel(Refusal):
    """None of the models that the operator allows makes images by the route that the bot uses."""


class ModelCoolingDown(Refusal):
    """The gateway has no channel for the model at the moment."""

    def __init__(self, model: str) -> None:
        super().__init__(f"{model} is cooling down")
        self.model = model


class NotAllowed(Refusal):
    """The user may not draw in this place."""


class NotHere(NotAllowed):
    """The bot draws only in its own servers or workspaces."""


class Outsider(NotAllowed):
    """Only people who belong to the bot's own servers or workspaces may draw. `community` is its name, if known."""

    def __init__(self, community: str) -> None:
        super().__init__("not a member")
        self.community = community


class GuestRefused(NotAllowed):
    """Guests of the bot's own workspaces may not draw. `community` is its name, if known."""

    def __init__(self, community: str) -> None:
        super().__init__("a guest")
        self.community = community


class Forbidden(NotAllowed):
    """The platform's own permissions keep this user from the command here."""


class NoFiles(NotAllowed):
    """The place took no file from the bot a while ago, and would take no image now. `code` is the platform's word."""

    def __init__(self, code: str) -> None:
        super().__init__(f"no files: {code}")
        self.code = code


class AdminUnknown(Refusal):
    """Only the user who asked, or an admin in the same conversation, may do this; the platform doesn't say who is."""


class NotYours(Refusal):
    """Only the user who asked, or an admin in the same conversation, may do this."""


class NotYoursToDelete(Refusal):
    """Only the user who asked, or somebody who looks after the same place, may delete this."""

    def __init__(self, *, moderators: bool, elsewhere: bool = False) -> None:
        super().__init__("not theirs to delete")
        self.elsewhere = elsewhere
        """Whether it was asked for in another place than where this was pressed, where a copy of it stands."""
        self.moderators = moderators
        """Whether people other than the platform's admins may delete what others write there."""


class JobNotFound(Refusal):
    """There is no such job, or this user may not see it."""


class NoSuchImage(Refusal):
    """The user has no image with this number. Whether another user has isn't told."""


class ImagesNotKept(Refusal):
    """The job's images were deleted: they are kept for a time that the operator sets."""


class NoImagesFromYou(Refusal):
    """The place lets this user post no images, so the bot posts none for them."""


class ShownOften(Refusal):
    """The job's images are shown in as many further messages as the bot keeps in mind."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} copies")
        self.most = most


class UnreadableJob(Refusal):
    """A row of the ledger that this release can't read; it is left to a release that can."""

    def __init__(self, job: str) -> None:
        super().__init__(f"job {job} can't be read by this release")
        self.job = job


class UnclearAction(Refusal):
    """A button that this release doesn't know: another release made it."""


class TooLate(Refusal):
    """The job has moved on too far for this."""


class TooOld(Refusal):
    """The button worked for a while only, and that is over."""
