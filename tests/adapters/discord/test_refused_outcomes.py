"""However Discord refuses an outcome, it ends in the image, a sentence or a direct message, and in no button *Stop*."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from adapters.discord.refusals import MEANINGS
from bot.core.chat import Meaning
from tests.fakes.discord_faults import DOCUMENTED, Fault
from tests.fakes.discord_world import Interaction
from tests.support.discord_stage import Ended, Stage, labels, tells

NOT_ANSWERED_HERE: Mapping[str, str] = {
    "about things that the bot neither names nor makes": """
        10001 10005 10006 10009 10010 10011 10020 10021 10026 10027 10028 10029 10030 10031 10032 10033 10036 10038
        10049 10050 10057 10059 10060 10061 10065 10067 10068 10069 10070 10071 10087 10097 10124 10129
        30001 30002 30003 30004 30005 30007 30008 30010 30011 30013 30016 30018 30019 30030 30031 30035 30037 30038
        30039 30040 30042 30045 30047 30048 30052 30056 30058 30060 30061
        40009 40018 40019 40032 40033 40061 40066 40074
        50004 50015 50016 50017 50019 50020 50028 50034 50036 50054 50057 50070 50073 50074 50084 50085 50086 50091
        50097 50101 50131 50132 50144 50145 50163 80004 90001 90002 150006 180000 180002 350000 350001 500000
    """,
    "about commands and their permissions, by routes of their own": "10063 10066 30032 30034 40041",
    "about people's accounts, logins and sign-ups, which no bot has": """
        20002 20015 20018 20035 40043 50011 50012 50039
        530000 530001 530002 530003 530004 530006 530007
    """,
    "about stickers, sounds, voice messages, polls, new threads and forwarded messages": """
        50124 50159 50160 50161 50162 50167 50173 50192 50600 160004 160014
        170001 170002 170003 170004 170005 170006 170007 520000 520001 520002 520003 520004 520006
    """,
}
UNKNOWN = 99_999
CODES = (*MEANINGS, UNKNOWN)
ONE_OF_EACH = tuple({MEANINGS.get(code): code for code in CODES}.values())
PASSING = {Meaning.NOT_NOW, Meaning.UNAUTHORIZED}
FOR_EVER = 40
CLOSED, NO_TOKEN, WRONG = 50001, 50027, 50035


def test_every_documented_code_has_a_meaning_or_a_reason_why_it_does_not_come() -> None:
    elsewhere = [int(code) for codes in NOT_ANSWERED_HERE.values() for code in codes.split()]
    assert sorted([*MEANINGS, *elsewhere]) == sorted(DOCUMENTED)


ROUTES = ("the response", "its message", "a new message", "a direct channel", "a direct message")
PAIRS = [(ROUTES[0], code) for code in CODES] + [(route, code) for route in ROUTES[1:] for code in ONE_OF_EACH]


async def test_every_refusal_of_an_outcome_ends_in_an_image_a_sentence_or_a_direct_message(stage: Stage) -> None:
    ended = await asyncio.gather(*(_refused(stage, route, code) for route, code in PAIRS))
    badly = [(*pair, each.seen) for pair, each in zip(PAIRS, ended, strict=True) if not each.well]
    assert badly == []
    assert (len({code for _, code in PAIRS}), len(PAIRS)) == (92, 136)


async def _refused(stage: Stage, route: str, code: int) -> Ended:
    """Let Discord go on refusing this, where it isn't passing, and all that must be refused before it comes to that.

    A response, it refuses to show that the job is being drawn, too.
    """
    discord = stage.discord
    times = 2 if MEANINGS.get(code) in PASSING else FOR_EVER

    def fail(sent: Interaction) -> None:
        def refuse(where: str, code: int, times: int, *, about: str, files: bool = False) -> None:
            discord.fail(Fault(where=where, status=400, code=code, times=times, about=about, files=files))

        if route != ROUTES[0]:
            refuse("PATCH /api/v10/webhooks", NO_TOKEN, FOR_EVER, about=sent.token, files=route in ROUTES[3:])
        if route in ROUTES[2:]:
            refuse("PATCH /api/v10/channels", CLOSED, FOR_EVER, about=sent.channel)
        if route in ROUTES[3:]:
            refuse("POST /api/v10/channels", CLOSED, FOR_EVER, about=sent.channel)
        where, about = {
            "the response": ("PATCH /api/v10/webhooks", sent.token),
            "its message": ("PATCH /api/v10/channels", sent.channel),
            "a new message": ("POST /api/v10/channels", sent.channel),
            "a direct channel": ("POST /api/v10/users/@me/channels", sent.user),
            "a direct message": ("POST /api/v10/channels", discord.world.direct_channel(sent.user).id),
        }[route]
        refuse(where, code, times, about=about)

    def end(sent: Interaction) -> None:
        if MEANINGS.get(code) is Meaning.DELETED and route in ROUTES[:2]:
            discord.world.delete(sent.original or "")
        fail(sent)

    return await stage.outcome(f"{route} {code}", end, first=fail if route == ROUTES[0] else lambda _: None)


async def test_a_progress_that_is_refused_leaves_the_outcome_as_it_is(stage: Stage) -> None:
    def refuse(code: int) -> Callable[[Interaction], None]:
        return lambda sent: stage.discord.fail(
            Fault(where="PATCH", status=400, code=code, times=FOR_EVER, about=sent.token)
        )

    def end(sent: Interaction) -> None:
        stage.discord.rest.faults.end(sent.token)

    ended = await asyncio.gather(*(stage.outcome(str(code), end, first=refuse(code)) for code in ONE_OF_EACH))
    assert [code for code, each in zip(ONE_OF_EACH, ended, strict=True) if not each.well or len(each.seen) != 1] == []


async def test_what_discord_calls_wrong_twice_is_shown_whole(stage: Stage) -> None:
    def fail(sent: Interaction) -> None:
        stage.discord.fail(Fault(where="PATCH", status=400, code=WRONG, times=2, about=sent.token))

    (seen,) = (await stage.outcome("ada", fail)).seen
    assert ("a boat" in seen.content, len(seen.attachments), labels(seen)) == (
        True,
        1,
        ["Again", "Edit prompt", "Delete"],
    )


@pytest.mark.parametrize("code", [WRONG, UNKNOWN])
async def test_where_discord_takes_no_message_with_a_picture_words_are_shown(stage: Stage, code: int) -> None:
    def fail(sent: Interaction) -> None:
        stage.discord.fail(Fault(where="", status=400, code=code, times=FOR_EVER, files=True))

    (seen,) = (await stage.outcome("ada", fail)).seen
    assert (tells(seen), labels(seen)) == (True, ["Show again", "Again", "Edit prompt", "Delete"])


async def test_where_discord_takes_no_buttons_either_a_text_alone_is_shown(stage: Stage) -> None:
    def fail(sent: Interaction) -> None:
        stage.discord.fail(Fault(where="", status=400, code=WRONG, times=FOR_EVER, files=True))
        stage.discord.fail(Fault(where="", status=400, code=WRONG, times=FOR_EVER, about='"components":[{'))

    (seen,) = (await stage.outcome("ada", fail)).seen
    assert (tells(seen), labels(seen)) == (True, [])
