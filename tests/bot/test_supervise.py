"""How often a connection that keeps failing is built anew."""

from itertools import accumulate, islice, takewhile

from bot.supervise import pauses

# https://discord.com/developers/docs/events/gateway#identifying
IDENTIFIES_A_DAY = 1000


def test_the_first_tries_come_quickly_and_the_rest_ever_more_slowly() -> None:
    assert list(islice(pauses(), 8)) == [1, 2, 4, 8, 16, 32, 64, 120]


def test_a_day_of_failures_stays_below_the_limit_at_which_discord_resets_the_token() -> None:
    tries = list(takewhile(lambda second: second < 24 * 60 * 60, accumulate(pauses())))
    assert len(tries) < IDENTIFIES_A_DAY
