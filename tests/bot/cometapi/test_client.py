"""The client against a gateway that misbehaves in every way that was ever seen."""

import asyncio
import base64
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.cometapi.client import CometAPI
from bot.cometapi.download import FetchTimings
from bot.core.catalogue.catalogue import Catalogue
from bot.core.catalogue.models import KNOWN
from bot.core.errors import ProviderError
from bot.core.image import ImageRequest
from bot.core.images.verify import verify
from bot.core.model import Fault
from tests.fakes.cometapi import REQUEST_ID, Cuts, FakeCometAPI, Hangs, Pours, Says, Waits, fails, png

KEY = "sk-a-very-secret-key"
BOAT = ImageRequest(model="dall-e-3", prompt="a paper boat", size="1024x1024")
B64 = base64.b64encode(png()).decode()


@pytest.fixture
async def client(gateway: FakeCometAPI) -> AsyncIterator[CometAPI]:
    async with CometAPI(gateway.base_url, KEY, fetching=FetchTimings(pause=0)) as opened:
        yield opened


async def refused(client: CometAPI, request: ImageRequest = BOAT) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await client.generate(request)
    return caught.value


@pytest.mark.parametrize("model", sorted(KNOWN))
async def test_every_model_is_sent_what_a_strict_gateway_takes(
    client: CometAPI, gateway: FakeCometAPI, model: str
) -> None:
    live = Catalogue(default="dall-e-3")
    for option in live.takes(model):
        for value in live.choices(option, model) if option != "model" else ("",):
            request = live.resolve({"prompt": "a boat", "model": model, option: value or model})
            assert verify((await client.generate(request)).image).width == 32
    assert {received.headers["Authorization"] for received in gateway.requests} == {f"Bearer {KEY}"}


async def test_images_come_with_the_request_id_and_the_revised_prompt(client: CometAPI) -> None:
    generation = await client.generate(BOAT)
    assert generation.request_id == REQUEST_ID
    assert "paper boat" in generation.revised_prompt


async def test_an_answer_is_read_when_its_turn_has_come(gateway: FakeCometAPI) -> None:
    asked, turn = asyncio.Event(), asyncio.Event()

    async def give_way() -> None:
        asked.set()
        await turn.wait()

    async with CometAPI(gateway.base_url, KEY, give_way=give_way) as client:
        await client.models()  # a list takes no turn
        generating = asyncio.create_task(client.generate(BOAT))
        await asked.wait()
        assert len(gateway.requests) == 1
        assert not generating.done()
        turn.set()
        assert (await generating).request_id == REQUEST_ID


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (fails(400, "", "model name is required"), Fault.BAD_REQUEST),
        (fails(500, "", "invalid token"), Fault.AUTH),
        (fails(400, "violation_fee.other", "rejected by the safety system"), Fault.VIOLATION_FEE),
        (fails(400, "", "content policy violation, a violation fee of $0.05 applies"), Fault.VIOLATION_FEE),
        (fails(500, "get_channel_failed", "x"), Fault.MODEL_UNAVAILABLE),
        (fails(500, "channel:invalid_key", "x"), Fault.GATEWAY),
        (fails(503, "", "come back"), Fault.BUSY),
        (fails(200, "429", "slow down"), Fault.RATE_LIMIT),
        (fails(200, "", "something broke"), Fault.GATEWAY),
        (fails(504, "", "x"), Fault.TIMEOUT),
        (Says(status=429), Fault.RATE_LIMIT),
        (Says(status=520, body={"title": "Error 520", "detail": "unknown error"}), Fault.UNCLEAR),
        (Says(body={"code": 500, "msg": "x", "data": {"error": {"code": "prompt_blocked"}}}), Fault.CONTENT_POLICY),
        (Says(body={"success": False, "message": "The model is busy"}), Fault.BUSY),
        (Says(body=b"\xff\xfe\x00"), Fault.UNCLEAR),
        (Says(body="[" * 100_000), Fault.UNCLEAR),
        (Says(body={"created": 1}), Fault.UNCLEAR),
        (Says(body={"data": [None, 3, {"url": None}]}), Fault.UNCLEAR),
    ],
)
async def test_every_answer_has_its_fault_and_is_not_asked_for_twice(
    client: CometAPI, gateway: FakeCometAPI, answer: Says, fault: Fault
) -> None:
    """Those of others are in the corpus."""
    gateway.will(answer)
    error = await refused(client)
    assert error.fault == fault
    assert len(gateway.requests) == 1


@pytest.mark.parametrize("answer", [Cuts(read=False), Cuts(), Cuts(after=b'{"data": [')])
async def test_a_cut_connection_is_uncertain_and_not_tried_again(
    client: CometAPI, gateway: FakeCometAPI, answer: Cuts
) -> None:
    gateway.will(answer)
    error = await refused(client)
    assert error.fault == Fault.CUT
    assert error.fault.uncertain
    assert len(gateway.requests) == 1


async def test_no_answer_in_time_is_uncertain_and_not_tried_again(gateway: FakeCometAPI) -> None:
    gateway.will(Hangs())
    async with CometAPI(gateway.base_url, KEY, timeout=1) as client:
        error = await refused(client)
    assert error.fault == Fault.TIMEOUT
    assert error.fault.uncertain
    assert len(gateway.requests) == 1


async def test_a_connection_that_is_never_made_is_known_to_be_harmless(unused_tcp_port: int) -> None:
    async with CometAPI(f"http://127.0.0.1:{unused_tcp_port}/v1", KEY) as client:
        error = await refused(client)
        assert error.fault == Fault.NOT_CONNECTED
        assert error.fault.unprocessed
    async with CometAPI("http://no-such-host.invalid/v1", KEY) as client:
        assert (await refused(client)).fault == Fault.NOT_CONNECTED


async def test_a_cancelled_generation_is_cancelled(client: CometAPI, gateway: FakeCometAPI) -> None:
    gateway.hold()
    task = asyncio.create_task(client.generate(BOAT))
    await gateway.arrived()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_carries_what_the_gateway_said(client: CometAPI, gateway: FakeCometAPI) -> None:
    gateway.will(fails(400, "invalid_value", "bad size", param="size", headers={"Retry-After": "7"}))
    error = await refused(client)
    assert (error.retry_after, error.request_id) == (7, REQUEST_ID)
    assert "bad size" in error.message


@pytest.mark.parametrize(
    ("header", "seconds"), [("3", 3.0), ("0.5", 0.5), ("", None), ("soon", None), ("-1", None), ("9" * 400, None)]
)
async def test_a_retry_after_is_read_if_it_can_be(
    client: CometAPI, gateway: FakeCometAPI, header: str, seconds: float | None
) -> None:
    gateway.will(fails(429, headers={"Retry-After": header}))
    assert (await refused(client)).retry_after == seconds


async def test_a_retry_after_may_be_a_date(client: CometAPI, gateway: FakeCometAPI) -> None:
    ahead = format_datetime(datetime.now(UTC) + timedelta(seconds=14), usegmt=True)
    gateway.will(fails(429, headers={"Retry-After": ahead}))
    assert (await refused(client)).retry_after == pytest.approx(14, abs=2)


async def test_the_request_id_of_a_header_is_known_on_errors_without_a_message(
    client: CometAPI, gateway: FakeCometAPI
) -> None:
    gateway.will(Says(status=502, body="<html>", headers={"X-Cometapi-Request-Id": "abc123"}))
    assert (await refused(client)).request_id == "abc123"


@pytest.mark.parametrize(
    "item",
    [
        {"b64_json": B64, "url": ""},
        {"b64_json": f"data:image/webp;base64,{B64}"},
        {"url": f"data:image/png;base64,{B64}", "b64_json": None},
        {"url": B64},
        {"b64_json": "\n".join(B64[at : at + 76] for at in range(0, len(B64), 76))},
        {"b64_json": B64.rstrip("=").replace("+", "-").replace("/", "_")},
        {"b64_json": "§", "url": f"data:image/png;base64,{B64}"},
        B64,
    ],
)
async def test_an_image_is_found_in_any_place_and_any_encoding(
    client: CometAPI, gateway: FakeCometAPI, item: object
) -> None:
    for body in ({"data": [item]}, {"code": 200, "msg": "ok", "data": {"data": [item]}}):
        gateway.will(Says(body=body))
        assert (await client.generate(BOAT)).image == png()


@pytest.mark.parametrize("usage", [None, {}, "none", {"total_tokens": None, "input_tokens": 1.5}, [1]])
async def test_odd_usage_is_no_reason_to_lose_an_image(client: CometAPI, gateway: FakeCometAPI, usage: object) -> None:
    gateway.will(Says(body={"data": [{"b64_json": B64}], "usage": usage, "error": None}))
    assert (await client.generate(BOAT)).image == png()


async def test_a_large_answer_is_read_without_the_event_loop_standing_still(
    client: CometAPI, gateway: FakeCometAPI
) -> None:
    large = base64.b64encode(bytes(range(256)) * 40_000).decode()
    gateway.will(Says(body={"data": [{"b64_json": large}] * 3}))
    assert len((await client.generate(BOAT)).image) == 10_240_000


async def test_an_endless_answer_is_given_up(gateway: FakeCometAPI) -> None:
    gateway.will(Pours())
    async with CometAPI(gateway.base_url, KEY, max_answer=100_000) as client:
        assert (await refused(client)).fault == Fault.UNCLEAR


async def test_a_slow_answer_is_waited_for(client: CometAPI, gateway: FakeCometAPI) -> None:
    gateway.will(Waits(seconds=0.1, answer=Says(body={"data": [{"b64_json": B64}]})))
    assert (await client.generate(BOAT)).image == png()


async def test_the_key_and_the_prompt_reach_no_log_and_no_error(
    client: CometAPI, gateway: FakeCometAPI, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await client.generate(BOAT)
        gateway.will(fails(500))
        error = await refused(client)
    said = caplog.text + str(error) + repr(error) + repr(BOAT)
    assert KEY not in said
    assert "paper boat" not in said
    assert REQUEST_ID in caplog.text


async def test_no_more_is_fetched_than_was_asked_for(client: CometAPI, gateway: FakeCometAPI) -> None:
    gateway.will(Says(body={"data": [{"url": gateway.host(png(number))} for number in range(20)]}))
    assert (await client.generate(BOAT)).image == png(0)
    assert len(gateway.fetched) == 1


async def test_a_key_that_the_gateway_quotes_goes_no_further(client: CometAPI, gateway: FakeCometAPI) -> None:
    gateway.will(fails(401, "invalid_api_key", f"Incorrect API key provided:\n{KEY}."))
    error = await refused(client)
    assert error.fault is Fault.AUTH
    assert KEY not in str(error)
    assert "\n" not in str(error)


PAGE = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"


@pytest.mark.parametrize(
    "answer",
    [
        Says(status=502, body=PAGE, headers={"Content-Type": "text/html"}),
        Says(status=500, body={"error": {"message": f"bad response body: {PAGE}"}}),
        Says(status=500, body={"error": PAGE}),
        Says(status=403, body={"message": f"<h1>Forbidden</h1>{PAGE}"}),
        Says(body={"data": [{"url": f"https://{PAGE}"}]}),
        Says(body={"data": [{"url": f"https://[{PAGE}"}]}),
        Says(body={"data": [{"url": f"https://files.example:{PAGE}"}]}),
    ],
)
async def test_no_page_reaches_the_log(
    client: CometAPI, gateway: FakeCometAPI, caplog: pytest.LogCaptureFixture, answer: Says
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway.will(answer)
    error = await refused(client)
    assert "<" not in f"{error} {caplog.text}"


async def test_no_page_of_a_file_server_reaches_the_log(
    client: CometAPI, gateway: FakeCometAPI, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for status in (403, 503):
        page = Says(status=status, body=PAGE, headers={"Content-Type": "text/html"})
        url = gateway.host(png(), *[page] * 9)
        gateway.will(Says(body={"data": [{"url": url}]}))
        assert "<" not in f"{await refused(client)} {caplog.text}"
