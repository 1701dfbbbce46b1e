"""A schedule: what a few people do on one platform, and what goes wrong meanwhile. A seed decides all of it."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

SECONDS = 2.0
"""Within which everything is asked."""
QUOTA, OPEN_JOBS = 6, 3
"""Low enough that people meet them."""

_TAG = re.compile(r"s\d+c\d+x")
_MODELS = ("dall-e-3", "dall-e-3", "dall-e-2", "gpt-image-1.5", "qwen-image")

# How the gateway answers the requests for one prompt, one each, and as usual after that.
_GATEWAY = (
    *("patience", "patience", "no patience said", "no channel", "gateway failed", "timed out", "upstream page"),
    *("cut unprocessed", "cut processed", "cut in the answer", "hangs", "empty", "fee", "bad image", "lost"),
    *("hardly found", "slow", "slow", "refused"),
)
_LATE = "post late"
"""The platform shows a message to people well before it says so to the bot: that is when they press its button."""
# The failures on the way back to the people, for one command.
_CHAT: Mapping[str, Sequence[str]] = {
    "discord": (
        *("callback unknown", "callback taken", "callback cut", "callback lost", "callback failed", "callback away"),
        *("edit away", "edit limited", "edit shielded", "edit cut", "edit lost", "token dead", "late"),
        *("notice away", "notice cut", "notice lost"),
    ),
    "slack": (
        *("post limited", "post refused for long", "post cut", "post lost", "post failed", "update limited"),
        *("update cut", "update lost", "update failed", "no upload address", "upload cut", "upload failed"),
        *("complete cut", "complete lost", "info failed", "response url gone"),
        *("asker unknown", "asker limited", "asker slow", "asker cut"),
        *("notice limited", "notice cut", "notice lost", *(_LATE, _LATE)),
    ),
    "playground": ("gone away", "gone away"),
}
# What happens to the place where people are: for good.
_PLACE: Mapping[str, Sequence[str]] = {
    "discord": ("forbidden", "deleted", "direct messages closed", "forbidden and closed", "messages fail"),
    "slack": ("archived", "removed", "direct messages closed", "archived and closed"),
    "playground": (),
}
DELETE = ("delete waiting", "delete drawing", "delete shown")
_THEN = ("", "", "cancel", "stop", "again", "again twice", "stranger", *DELETE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One command. `tag` is a word of its prompt that no other has; `copies` of it are delivered."""

    tag: str
    at: float
    person: str
    model: str
    n: int
    gateway: tuple[str, ...]
    chat: tuple[str, ...]
    then: str
    copies: int

    @property
    def text(self) -> str:
        """Return what is typed."""
        return f"a paper boat {self.tag} --model {self.model} --n {self.n}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`channel_fault` is what happens to the channel at a moment."""

    seed: int
    platform: str
    people: tuple[str, ...]
    asks: tuple[Ask, ...]
    channel_fault: str = ""
    channel_fault_at: float = 0.0
    pressed: list[str] = field(default_factory=list)
    """What people got to press, with the tag, as it went."""
    deleted: dict[str, str] = field(default_factory=dict)
    """The message that somebody deleted, by the tag that it was about."""

    @property
    def channel(self) -> str:
        """Name the place where these people are."""
        return f"room-{self.seed}"

    @property
    def nowhere(self) -> bool:
        """Whether there may be no way left to the people, or what they saw may be gone."""
        return "closed" in self.channel_fault or self.channel_fault == "deleted"


def draw_up(seed: int, platform: str) -> Schedule:
    """Make the schedule of a seed."""
    dice = random.Random(f"{seed} {platform}")
    chat = platform.partition("-")[0]
    people = tuple(f"p{seed}{letter}" for letter in "ab")
    places = _PLACE[chat]
    return Schedule(
        seed=seed,
        platform=platform,
        people=people,
        asks=tuple(_ask(dice, seed, number, people, _CHAT[chat]) for number in range(dice.randint(2, 6))),
        channel_fault=dice.choice(places) if places and dice.random() < 0.25 else "",
        channel_fault_at=dice.uniform(0.2, SECONDS),
    )


def tags_in(text: str) -> set[str]:
    """Return the tags of all asks that a text is about."""
    return set(_TAG.findall(text))


def _ask(dice: random.Random, seed: int, number: int, people: tuple[str, ...], chat: Sequence[str]) -> Ask:
    troubles = _chat(dice, chat)
    return Ask(
        tag=f"s{seed}c{number}x",
        at=dice.uniform(0, SECONDS),
        person=dice.choice(people),
        model=dice.choice(_MODELS),
        n=dice.choice((1, 1, 2, 3, 5)),
        gateway=tuple(dice.choices(_GATEWAY, k=dice.choice((0, 1, 1, 2)))),
        chat=troubles,
        then=dice.choice(("cancel", "cancel", "stranger", "delete waiting") if _LATE in troubles else _THEN),
        copies=2 if dice.random() < 0.2 else 1,
    )


def _chat(dice: random.Random, chat: Sequence[str]) -> tuple[str, ...]:
    troubles = tuple(dice.sample(chat, k=dice.choice((0, 0, 1, 1, 2))))
    # It happens to the first message, whose loss is known to leave a stray, and not to the next one.
    return ("post lost",) if "post lost" in troubles else troubles
