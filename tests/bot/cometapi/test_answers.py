"""What the client makes of answers that hold an image in odd places, of what they quote, and of how long they are."""

import base64
import json
import logging
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cometapi import words
from bot.cometapi.answers import read_answer
from bot.cometapi.client import CometAPI
from bot.cometapi.download import FetchTimings
from bot.cometapi.faults import judge
from bot.cometapi.json_text import TooManyParts
from bot.cometapi.quoted import without
from bot.core.errors import ImageError, ProviderError
from bot.core.image import ImageRequest
from bot.core.images.verify import verify
from bot.core.model import Fault
from tests.fakes.cometapi import REQUEST_ID, FakeCometAPI, Says, fails, png, redirects

KEY = "sk-a-very-secret-key"
B64 = base64.b64encode(png()).decode()
CUT = base64.b64encode(png()[:40]).decode()


@pytest.fixture
async def client(gateway: FakeCometAPI) -> AsyncIterator[CometAPI]:
    async with CometAPI(gateway.base_url, KEY, fetching=FetchTimings(pause=0), check=verify) as opened:
        yield opened


async def generate(client: CometAPI, prompt: str = "a paper boat") -> bytes:
    return (await client.generate(ImageRequest(model="dall-e-3", prompt=prompt))).image


async def refused(client: CometAPI, prompt: str = "a paper boat") -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await generate(client, prompt)
    return caught.value


@pytest.mark.parametrize(
    "body",
    [
        {"data": [{"b64_json": "null", "url": f"data:image/png;base64,{B64}"}]},
        {"data": [{"b64_json": CUT, "url": f"data:image/png;base64,{B64}"}]},
        {"data": [{"b64_json": B64, "url": "https://127.0.0.1/gone.png"}]},
        {"data": [{"url": "https://127.0.0.1/gone.png"}, {"b64_json": B64}]},
        {"images": [{"url": f"data:image/png;base64,{B64}"}]},
        {"output": [f"data:image/png;base64,{B64}"]},
        {"output": f"data:image/png;base64,{B64}"},
        {"output": {"results": [{"url": f"data:image/png;base64,{B64}"}]}},
        {"predictions": [{"bytesBase64Encoded": B64}]},
        {"data": [{"image_url": {"url": f"data:image/png;base64,{B64}"}}]},
        {"data": [{"image": B64}]},
        {"data": {"images": [{"base64": B64}]}},
        {"data": [[{"b64_json": B64}]]},
        {"image": B64},
        [{"b64_json": B64}],
        {"error": {"code": 0, "message": "success"}, "data": [{"b64_json": B64}]},
    ],
)
async def test_the_picture_is_found_under_every_known_name(
    client: CometAPI, gateway: FakeCometAPI, body: object
) -> None:
    gateway.will(Says(body=body))
    assert await generate(client) == png()


async def test_of_two_places_without_a_picture_the_first_is_what_is_refused(
    client: CometAPI, gateway: FakeCometAPI
) -> None:
    gateway.will(Says(body={"data": [{"b64_json": CUT, "url": "https://127.0.0.1/gone.png"}]}))
    assert (await refused(client)).fault is Fault.IMAGE_LOST
    gateway.will(Says(body={"data": [{"b64_json": CUT, "url": B64[:60]}]}))
    with pytest.raises(ImageError):
        verify(await generate(client))


async def test_an_address_without_its_host_is_the_gateways(client: CometAPI, gateway: FakeCometAPI) -> None:
    path = gateway.host(png(7)).removeprefix(gateway.origin)
    for address in (path, f"..{path}", f"//{gateway.origin.partition('//')[2]}{path}"):
        gateway.will(Says(body={"data": [{"url": address}]}))
        assert await generate(client) == png(7)
    assert {each.body["path"] for each in gateway.fetched} == {path}


async def test_a_jpeg_that_begins_like_a_path_is_decoded(client: CometAPI, gateway: FakeCometAPI) -> None:
    jpeg = b"\xff\xd8\xff\xdb" + bytes(300)
    gateway.will(Says(body={"data": [{"b64_json": base64.b64encode(jpeg).decode()}]}))
    assert await generate(client) == jpeg


@pytest.mark.parametrize("status", [401, 403])
async def test_the_gateways_own_file_route_gets_the_key_that_it_asks_for(
    client: CometAPI, gateway: FakeCometAPI, status: int
) -> None:
    gateway.will(Says(body={"data": [{"url": gateway.host(png(3), keyed=status)}]}))
    assert await generate(client) == png(3)
    assert [each.headers.get("Authorization") for each in gateway.fetched] == [None, f"Bearer {KEY}"]


async def test_the_key_goes_nowhere_over_a_redirect(client: CometAPI, gateway: FakeCometAPI) -> None:
    other = gateway.host(png(3), keyed=401)
    gateway.will(Says(body={"data": [{"url": gateway.host(b"", redirects(other))}]}))
    assert (await refused(client)).message == "status 401"
    async with FakeCometAPI() as foreign:
        moved = gateway.host(b"", Says(status=401), redirects(foreign.host(png(3), keyed=401)))
        gateway.will(Says(body={"data": [{"url": moved}]}))
        assert (await refused(client)).fault is Fault.IMAGE_LOST
        assert foreign.fetched == []
    assert sum("Authorization" in each.headers for each in gateway.fetched) == 1  # the first hop, which had asked


async def test_the_operator_is_told_what_answered(client: CometAPI, gateway: FakeCometAPI) -> None:
    headers = {"Content-Type": "text/html", "Server": "cloudflare", "CF-Ray": "8d49989abc171ce8-FRA"}
    gateway.will(Says(status=403, body="<title>Attention Required! | Cloudflare</title>", headers=headers))
    error = await refused(client)
    assert error.message == (
        "status 403, a web page titled “Attention Required! | Cloudflare”, Server cloudflare, "
        "CF-Ray 8d49989abc171ce8-FRA"
    )
    gateway.will(redirects("https://user:word@new.example/v1/images/generations?key=1", 308))
    assert "it has moved to https://new.example," in f"{(await refused(client)).message},"
    gateway.will(Says(body={"code": 200, "data": [{"status": "submitted", "task_id": "task_01"}]}))
    error = await refused(client)
    assert (error.fault, error.message.endswith("; with code, data; task task_01")) == (Fault.UNCLEAR, True)


async def test_the_request_id_is_found_behind_any_length_of_words(client: CometAPI, gateway: FakeCometAPI) -> None:
    gateway.will(Says(status=400, body=fails(400, "", "words " * 200).body))
    assert (await refused(client)).request_id == REQUEST_ID
    gateway.will(Says(status=400, body={"code": "InvalidParameter", "message": "x", "request_id": "8af5"}))
    assert (await refused(client)).request_id == "8af5"


SIGN = 'a sign that says "insufficient balance", in neon, above a door\nin the rain & the fog of Łódź'


@pytest.mark.parametrize(
    "quoted",
    [
        SIGN,
        json.dumps(SIGN),
        json.dumps(json.dumps(SIGN)),
        repr(SIGN),
        SIGN.replace("\n", " ").upper(),
        SIGN.replace("&", "&amp;").replace('"', "&quot;"),
        "a+sign+that+says+%22insufficient+balance%22%2C+in+neon",
        SIGN[:40],
        SIGN[10:45],
        SIGN[12:30] + "…",
    ],
)
async def test_a_prompt_that_is_quoted_causes_nothing_and_is_in_no_log(
    client: CometAPI, gateway: FakeCometAPI, caplog: pytest.LogCaptureFixture, quoted: str
) -> None:
    caplog.set_level(logging.DEBUG)
    for status in (403, 500, 400, 429):
        gateway.will(fails(status, "", f"could not draw '{quoted}' for you"))
        error = await refused(client, SIGN)
        assert error.fault not in {Fault.BALANCE, Fault.CONTENT_POLICY}
        assert "insufficient" not in f"{error}{caplog.text}".lower()
        assert "could not draw '" in error.message
        assert "for you" in error.message


async def test_a_prompt_is_taken_out_also_if_the_key_is_a_word_in_it(
    gateway: FakeCometAPI, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.will(fails(403, "", f"could not draw '{SIGN}'"))
    async with CometAPI(gateway.base_url, "balance") as client:
        error = await refused(client, SIGN)
    assert error.message.startswith("could not draw '…")
    assert "neon" not in error.message


@pytest.mark.parametrize(
    ("prompt", "message", "fault"),
    [
        ("一个写着余额不足的牌子", "无法绘制：写着余额不足的牌", Fault.FORBIDDEN),
        ("invalid api key", "can't draw invalid api key", Fault.FORBIDDEN),
        ("一个写着余额不足的牌子", json.dumps("写着余额不足的牌"), Fault.FORBIDDEN),
        ("一个写着余额不足的牌子", quote("写着余额不足的牌"), Fault.FORBIDDEN),
        ("a \\n sign: insufficient balance", json.dumps("a \\n sign: insufficient balance"), Fault.FORBIDDEN),
        ("100%25 insufficient balance", "100%25 insufficient balance", Fault.FORBIDDEN),
        ("busy", "too many are busy", Fault.FORBIDDEN),
        ("cat", "user quota category: not enough", Fault.BALANCE),
        ("a", "a user quota is not enough", Fault.BALANCE),
        ("a boat", "user quota is not enough", Fault.BALANCE),
    ],
)
async def test_short_prompts_and_other_scripts_are_taken_out_too_and_nothing_else(
    client: CometAPI, gateway: FakeCometAPI, prompt: str, message: str, fault: Fault
) -> None:
    gateway.will(fails(403, "", message))
    assert (await refused(client, prompt)).fault is fault


async def test_what_words_alone_say_is_not_certain(client: CometAPI, gateway: FakeCometAPI) -> None:
    for answer, certain in (
        (fails(403, "insufficient_user_quota", "x"), True),
        (fails(402, "", "balance is not enough"), True),
        (fails(403, "", "user quota is not enough"), False),
        (fails(401, "", "invalid token"), True),
        (fails(500, "", "invalid token"), False),
        (fails(429, "", "too many requests"), True),
        (fails(500, "", "too many requests"), False),
        (fails(503, "model_not_found", "no available channel"), True),
        (fails(503, "", "no available channel"), False),
        (fails(500, "convert_request_failed", "not supported model for image generation"), True),
        (fails(400, "", "not supported model for image generation"), False),
    ):
        gateway.will(answer)
        assert (await refused(client)).certain is certain


async def test_no_other_error_leaves_the_client(gateway: FakeCometAPI, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: bytes) -> None:
        raise KeyError("nobody thought of that")

    gateway.will(Says(body={"data": [{"b64_json": B64, "url": B64}]}))
    async with CometAPI(gateway.base_url, KEY, check=broken) as client:
        assert (await refused(client)).fault is Fault.UNCLEAR
    assert "could not be handled" in caplog.text


@pytest.mark.parametrize(
    "flood",
    [
        lambda: b'{"data":[' + b"{}," * (16 * 1024 * 1024 // 3) + b"{}]}",
        lambda: b'{"data":[' + b"0," * (8 * 1024 * 1024) + b"0]}",
        lambda: b"[" * (16 * 1024 * 1024),
        lambda: b'{"a":' * (3 * 1024 * 1024),
        lambda: b'{"data":[{},{},' * 600 + b'"' + b'\\"' * (8 * 1024 * 1024),
    ],
    ids=["objects", "numbers", "arrays", "nested", "an endless string"],
)
def test_a_flood_is_refused_before_it_is_parsed(flood: Callable[[], bytes]) -> None:
    """16 MiB of empty objects took 534 MiB, and the event loop stood still for a second."""
    body = flood()
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(TooManyParts):
        read_answer(body)
    took = time.process_time() - began
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (peak < 100_000, took < 0.5) == (True, True), (peak, took)


_NAMES = (
    *words.SUCCESS,
    *[
        "error",
        "data",
        "code",
        "message",
        "type",
        "url",
        "b64_json",
        "images",
        "output",
        "status",
        "inner_error",
        "metadata",
        "raw",
    ],
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9) | st.sampled_from(_NAMES),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inside, max_size=4),
    max_leaves=12,
)


@settings(max_examples=50)
@given(_JSON, st.booleans(), st.sampled_from([200, 302, 400, 403, 429, 500, 524]), st.text(max_size=20))
def test_every_json_value_has_a_meaning(body: object, ok: bool, status: int, prompt: str) -> None:
    answer = read_answer(json.dumps(body).encode(), ok=ok)
    judge(status, answer.error)
    if answer.error:
        without(answer.error.message, prompt)


def test_a_long_prompt_with_many_commas_is_no_flood() -> None:
    body = {"data": [{"b64_json": B64, "revised_prompt": "boats, {red}, [blue], " * 1500}]}
    assert read_answer(json.dumps(body).encode()).images == (png(),)


@pytest.mark.parametrize("status", [429, 500])
async def test_an_error_of_megabytes_counts_by_its_status(client: CometAPI, gateway: FakeCometAPI, status: int) -> None:
    gateway.will(Says(status=status, body=b" " * (5 * 1024 * 1024)))
    assert (await refused(client)).fault is (Fault.RATE_LIMIT if status == 429 else Fault.UNCLEAR)
    gateway.will(Says(status=status, body=b'{"data":[' + b"{}," * 100_000 + b"{}]}"))
    assert (await refused(client)).fault is (Fault.RATE_LIMIT if status == 429 else Fault.UNCLEAR)


async def test_a_list_of_megabytes_is_not_read_to_its_end(client: CometAPI, gateway: FakeCometAPI) -> None:
    gateway.catalogue = Says(body=b'{"data":[' + b" " * (5 * 1024 * 1024) + b"]}")
    gateway.keyed_list = Says(body=b'{"data":[' + b"{}," * 200_000 + b"{}]}")
    for ask in (client.models, client.check):
        with pytest.raises(ProviderError) as caught:
            await ask()
        assert caught.value.fault is Fault.UNCLEAR
