"""What the doctor says of the gateway: it finds no fault where the bot can draw, and says what was replaced."""

import pytest

from bot.cli.doctor import check_groups, shown
from bot.cli.terminal import sign
from bot.core.doctor import run_checks
from bot.core.language import prepare, speak
from tests.conftest import BotSettings
from tests.fakes.cometapi import FakeCometAPI, Says, redirects


async def diagnosis(settings: BotSettings, **given: object) -> tuple[bool, str]:
    """Return whether nothing fails, and all that the doctor prints."""
    await prepare("en")
    async with check_groups(settings(playground=True, **given)) as groups:
        checks = await run_checks(groups)
    return all(check.ok for check in checks), "\n".join(
        sign(ok=check.ok, environment={}) + shown(check, speak("en")) for check in checks
    )


NO_DALL_E = ({"id": "gpt-image-2.6-flare", "pricing": {"output": 24}}, {"id": "gpt-image-2"})
CHAT = {"openai": {"path": "/v1/chat/completions"}}
IMAGES = {"image-generation": {"path": "/v1/images/generations"}}
ANOTHER_WAY = ({"id": "dall-e-3", "endpoints": CHAT}, {"id": "gpt-image-2.6-flare", "endpoints": IMAGES})


@pytest.mark.parametrize(
    ("listed", "own", "well", "said"),
    [
        ({"data": NO_DALL_E}, {}, True, "doesn't offer dall-e-3. gpt-image-2.6-flare is used instead"),
        ({"data": NO_DALL_E}, {}, True, "An image of gpt-image-2.6-flare costs about 0.042 USD"),
        ({"data": NO_DALL_E}, {"DEFAULT_MODEL": "dall-e-3"}, False, "Set DEFAULT_MODEL to a model that is offered"),
        ({"data": NO_DALL_E}, {"DEFAULT_MODEL": "dall-e-9"}, False, "doesn't offer dall-e-9"),
        ({"data": ANOTHER_WAY}, {"DEFAULT_MODEL": "dall-e-3"}, False, "but not by the route for images"),
        ({"data": ANOTHER_WAY}, {}, True, "gpt-image-2.6-flare is used instead"),
        ({"data": ANOTHER_WAY}, {"ALLOWED_MODELS": ("dall-e-3",)}, False, "None of ALLOWED_MODELS makes images"),
        ({"data": ANOTHER_WAY[1:]}, {}, True, "The list has no price for an image of gpt-image-2.6-flare"),
        ("<html>", {}, True, "gpt-image-2.6-flare is used instead"),
        ({"data": []}, {}, True, "gpt-image-2.6-flare is used instead"),
    ],
)
async def test_the_doctor_is_content_where_a_newcomer_can_draw(
    bot_settings: BotSettings,
    gateway: FakeCometAPI,
    listed: object,
    own: dict[str, object],
    well: bool,
    said: str,
) -> None:
    gateway.catalogue, gateway.keyed_list = Says(body=listed), {"object": "list", "data": []}
    all_well, out = await diagnosis(bot_settings, **own)
    assert said in out
    assert all_well == well, out


@pytest.mark.parametrize("status", [404, 405, 501])
@pytest.mark.parametrize("billed", [True, False])
async def test_a_gateway_without_a_list_is_no_failure(
    bot_settings: BotSettings, gateway: FakeCometAPI, status: int, billed: bool
) -> None:
    gateway.catalogue = gateway.keyed_list = Says(body="<html>Cannot GET /v1/models</html>", status=status)
    if not billed:
        gateway.billing = {"subscription": {"error": {"message": "no such route"}}}
    all_well, out = await diagnosis(bot_settings)
    assert all_well, out
    assert ("The gateway accepts it" in out, "could not be checked" in out) == (billed, not billed)
    assert "<html" not in out


@pytest.mark.parametrize("status", [401, 500])
async def test_a_list_that_is_refused_or_fails_is_a_failure(
    bot_settings: BotSettings, gateway: FakeCometAPI, status: int
) -> None:
    page = "<!DOCTYPE html><html><h1>Bad Gateway</h1></html>"
    gateway.keyed_list = Says(body={"error": {"message": f"upstream said: {page}"}}, status=status)
    all_well, out = await diagnosis(bot_settings)
    assert not all_well
    assert "<" not in out


async def test_a_gateway_that_has_moved_is_said_with_its_new_origin(
    bot_settings: BotSettings, gateway: FakeCometAPI
) -> None:
    gateway.catalogue = gateway.keyed_list = redirects("https://new.example/v1/models?key=1", 308)
    well, out = await diagnosis(bot_settings)
    assert not well
    assert "The gateway can't be used: status 308, it has moved to https://new.example" in out
    assert "key=1" not in out


@pytest.mark.parametrize(("left", "well"), [(0, False), (-0.1, False), (0.01, True)])
async def test_the_doctor_says_what_is_left_to_spend(
    bot_settings: BotSettings, gateway: FakeCometAPI, left: float, well: bool
) -> None:
    gateway.billing = {"subscription": {"hard_limit_usd": 10 + left}, "usage": {"total_usage": 1000}}
    all_well, out = await diagnosis(bot_settings)
    assert f"{left:.2f} USD are left for this key" in out
    assert (all_well, "balance is used up" in out) == (well, not well), out


async def test_a_balance_that_is_not_said_is_no_fault(bot_settings: BotSettings, gateway: FakeCometAPI) -> None:
    gateway.billing = {"subscription": {"error": {"message": "no access"}}}
    all_well, out = await diagnosis(bot_settings)
    assert "doesn't say what is left" in out
    assert all_well, out
