"""The JSON API, spoken to the whole bot."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import Engine, event

from tests.adapters.web.speak import ask, get, post, printed, until
from tests.conftest import StartBot
from tests.fakes.cometapi import FakeCometAPI
from tests.fakes.web_browser import browser
from tests.support.pictures import stored


async def test_a_command_is_accepted_and_its_images_can_be_fetched(ada: aiohttp.ClientSession) -> None:
    status, accepted = await ask(ada, "/imagine a paper boat --size landscape")
    assert status == 202
    assert "in the queue" in accepted["reply"]["text"]
    job = await until(ada, accepted["job"], "delivered")
    (image,) = job["reply"]["images"]
    assert "a paper boat" in image["alt"]
    async with ada.get(image["url"]) as response:
        assert response.headers["Content-Type"] == "image/png"
        assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert (await response.read()).startswith(b"\x89PNG")
    async with ada.get(image["download"]) as response:
        assert response.headers["Content-Disposition"].startswith('attachment; filename="imagine-')
    assert {button["action"] for button in job["reply"]["buttons"]} == {"again", "edit", "delete"}
    assert job["request"]["prompt"] == "a paper boat"


async def test_text_without_a_slash_is_a_prompt_and_options_go_with_it(
    ada: aiohttp.ClientSession, gateway: FakeCometAPI
) -> None:
    _, accepted = await ask(ada, "a paper boat", options={"size": "portrait"})
    await until(ada, accepted["job"], "delivered")
    assert gateway.requests[0].body["size"] == "1024x1792"


async def test_a_flag_and_an_option_of_the_same_thing_are_refused(
    ada: aiohttp.ClientSession, gateway: FakeCometAPI
) -> None:
    status, refusal = await ask(ada, "a boat －－size landscape", options={"size": "square"})
    assert (status, refusal["error"]) == (400, "Given twice: --size. Give it once.")
    status, refusal = await ask(ada, "a boat −ar 16:9", options={"size": "square", "n": 2})
    assert (status, refusal["error"]) == (400, "Given twice: --ar and --size are the same thing. Give one of them.")
    assert gateway.requests == []


async def test_flags_in_an_edited_prompt_take_the_place_of_what_was_asked_before(
    ada: aiohttp.ClientSession, gateway: FakeCometAPI
) -> None:
    _, boat = await ask(ada, "a boat --size landscape --quality hd --style natural")
    await until(ada, boat["job"], "delivered")
    again = f"/api/jobs/{boat['job']}/again"
    for prompt in ("a kite --ar 9:16", "a kite —model gpt-image-1"):
        _, kite = await post(ada, again, {"prompt": prompt})
        await until(ada, kite["job"], "delivered")
    portrait, other_model = (request.body for request in gateway.requests[1:])
    assert (portrait["prompt"], portrait["size"], portrait["quality"]) == ("a kite", "1024x1792", "hd")
    assert (other_model["model"], other_model["size"]) == ("gpt-image-1", "1536x1024")
    assert not {other_model.get("quality"), other_model.get("style")} & {"hd", "natural"}
    status, refusal = await post(ada, again, {"prompt": "a kite --model dall-e-2 --style vivid"})
    assert (status, "takes no style" in refusal["error"]) == (400, True)


async def test_a_prompt_that_looks_like_flags_comes_back_as_it_has_to_be_typed(
    ada: aiohttp.ClientSession, gateway: FakeCometAPI
) -> None:
    literal = "a sign that says --size big"
    _, sign = await ask(ada, f"-- {literal}")
    assert (await until(ada, sign["job"], "delivered"))["typed"] == f"-- {literal}"
    _, opened = await post(ada, f"/api/jobs/{sign['job']}/edit")
    assert opened["form"]["prompt"] == f"-- {literal}"
    job = sign["job"]
    for body in ({"prompt": opened["form"]["prompt"]}, {}):
        _, again = await post(ada, f"/api/jobs/{job}/again", body)
        job = again["job"]
        await until(ada, job, "delivered")
    assert [request.body["prompt"] for request in gateway.requests] == [literal] * 3


async def test_questions_are_answered_at_once(ada: aiohttp.ClientSession) -> None:
    for text, words in (("/quota", "5 of 5"), ("/history", "Nothing has been drawn"), ("/help", "--size")):
        status, answer = await ask(ada, text)
        assert status == 200
        assert words in answer["reply"]["text"]


async def test_a_repeated_key_is_answered_with_the_same_job(
    ada: aiohttp.ClientSession, grace: aiohttp.ClientSession, gateway: FakeCometAPI
) -> None:
    first = await ask(ada, "a paper boat", key="one")
    again = await ask(ada, "a paper boat", key="one")
    assert again == (202, {"job": first[1]["job"], "repeated": True})
    assert (await ask(grace, "a red kite", key="one"))[1]["job"] != first[1]["job"]
    await until(ada, first[1]["job"], "delivered")
    assert [request.body["prompt"] for request in gateway.requests].count("a paper boat") == 1


async def test_refusals_carry_a_code_and_one_sentence(ada: aiohttp.ClientSession, gateway: FakeCometAPI) -> None:
    gateway.hold()
    assert (await ask(ada, "/imagine"))[0] == 400
    assert (await ask(ada, "a boat --sizes x"))[0] == 400
    status, refusal = await ask(ada, "/paint a boat")
    assert (status, refusal["error"].count("/imagine")) == (400, 1)
    status, refusal = await ask(ada, "boats --n 6")
    assert status == 429
    assert "you have 5 of 5 left" in refusal["error"]
    for number in range(3):
        assert (await ask(ada, f"boat {number}"))[0] == 202
    status, refusal = await ask(ada, "one more")
    assert status == 429
    assert "3 jobs waiting" in refusal["error"]
    gateway.release()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"not json", 400),
        (b'{"text": 5}', 400),
        (b'{"text": "a", "options": "x"}', 400),
        (b'{"text": "' + b"a" * 300_000 + b'"}', 413),
    ],
)
async def test_a_bad_body_gets_a_sentence(ada: aiohttp.ClientSession, body: bytes, status: int) -> None:
    async with ada.post("/api/commands", data=body) as response:
        answer = await response.json()
        assert response.status == status
    assert answer["error"].endswith((".", "}."))
    assert "Traceback" not in answer["error"]


@pytest.mark.parametrize(
    "path", ["/api/", "/api/nothing", "/api/jobs/nothing", "/api/jobs/x/images/0", "/api/jobs/%00", "/static/x"]
)
async def test_an_unknown_address_gets_a_sentence(ada: aiohttp.ClientSession, path: str) -> None:
    status, answer = await get(ada, path)
    assert status == 404
    assert answer["error"].endswith(".")


async def test_unknown_actions_and_images_are_not_found(ada: aiohttp.ClientSession) -> None:
    _, accepted = await ask(ada, "a paper boat")
    job = accepted["job"]
    await until(ada, job, "delivered")
    assert (await post(ada, f"/api/jobs/{job}/page"))[0] == 404
    assert (await post(ada, f"/api/jobs/{job}/paint"))[0] == 404
    for index in ("1", "-1", "99999999", "x", "²"):
        assert (await get(ada, f"/api/jobs/{job}/images/{index}"))[0] == 404


async def test_a_job_belongs_to_its_person_alone(ada: aiohttp.ClientSession, grace: aiohttp.ClientSession) -> None:
    _, accepted = await ask(ada, "a paper boat")
    job = await until(ada, accepted["job"], "delivered")
    assert (await get(grace, f"/api/jobs/{job['job']}"))[0] == 404
    assert (await get(grace, job["reply"]["images"][0]["url"]))[0] == 404
    for action in ("again", "edit", "cancel", "stop", "show", "delete", "restore"):
        assert (await post(grace, f"/api/jobs/{job['job']}/{action}"))[0] == 404
    assert (await get(grace, "/api/jobs"))[1]["jobs"] == []


async def test_again_edit_show_and_late_cancel(ada: aiohttp.ClientSession, gateway: FakeCometAPI) -> None:
    _, accepted = await ask(ada, "a paper boat --size landscape")
    path = f"/api/jobs/{accepted['job']}"
    await until(ada, accepted["job"], "delivered")
    status, form = await post(ada, f"{path}/edit")
    assert (status, form["form"]["prompt"]) == (200, "a paper boat")
    status, edited = await post(ada, f"{path}/edit", {"prompt": "a red kite"})
    assert status == 202
    assert (await until(ada, edited["job"], "delivered"))["parent"] == accepted["job"]
    status, again = await post(ada, f"{path}/again", {"key": "one"})
    assert status == 202
    assert (await post(ada, f"{path}/again", {"key": "one"}))[1] == {"job": again["job"], "repeated": True}
    await until(ada, again["job"], "delivered")
    status, shown = await post(ada, f"{path}/show")
    assert (status, len(shown["reply"]["images"])) == (200, 1)
    assert (await post(ada, f"{path}/cancel"))[0] == 409
    assert [request.body["size"] for request in gateway.requests] == ["1792x1024"] * 3


async def test_a_waiting_job_can_be_cancelled_and_a_running_one_stopped(
    start_bot: StartBot, gateway: FakeCometAPI
) -> None:
    gateway.hold()
    async with start_bot(playground=True, max_concurrent_jobs=1) as running, browser(printed(running)) as ada:
        _, first = await ask(ada, "a paper boat")
        await gateway.arrived()
        _, second = await ask(ada, "a red kite")
        assert (await post(ada, f"/api/jobs/{second['job']}/cancel"))[0] == 200
        await until(ada, second["job"], "cancelled")
        assert (await post(ada, f"/api/jobs/{first['job']}/stop"))[0] == 200
        await until(ada, first["job"], "stopped")
        assert (await get(ada, "/api/quota"))[1]["left"] == 19


async def test_jobs_come_page_by_page_newest_first(ada: aiohttp.ClientSession) -> None:
    asked = []
    for number in range(5):
        _, accepted = await ask(ada, f"boat {number}")
        asked.append(accepted["job"])
        await until(ada, accepted["job"], "delivered")
    _, page = await get(ada, "/api/jobs")
    _, older = await get(ada, f"/api/jobs?cursor={page['older']}")
    assert [job["job"] for job in [*page["jobs"], *older["jobs"]]] == asked[::-1]
    assert older["older"] is None
    cursor = (await ask(ada, "/history"))[1]["reply"]["buttons"][0]["argument"]
    turned = (await ask(ada, f"/history {cursor}"))[1]["reply"]
    assert "boat 0" in json.dumps(turned["entries"])
    assert [button["label"] for button in turned["buttons"]] == ["Newer"]


async def test_a_page_of_jobs_is_one_question(ada: aiohttp.ClientSession) -> None:
    for number in range(3):
        await until(ada, (await ask(ada, f"boat {number}"))[1]["job"], "delivered")
    asked: list[str] = []

    def heard(connection: object, cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", heard)
    _, page = await get(ada, "/api/jobs")
    event.remove(Engine, "before_cursor_execute", heard)
    assert len(page["jobs"]) == 3
    assert [each for each in asked if "WHERE jobs.id = " in each] == []


async def test_options_list_what_each_model_takes(ada: aiohttp.ClientSession) -> None:
    _, options_json = await get(ada, "/api/options")
    models = {model["name"]: model["options"] for model in options_json["models"]}
    assert options_json["default_model"] == "dall-e-3"
    assert options_json["models"][0]["description"] == "vivid or natural style, standard or HD quality"
    assert models["dall-e-3"]["style"] == ["vivid", "natural"]
    assert "style" not in models["gpt-image-1.5"]
    assert "landscape" in models["gpt-image-1.5"]["size"]
    assert [command["label"] for command in options_json["commands"]] == [
        "/imagine",
        "/quota",
        "/history",
        "/show",
        "/help",
    ]
    assert options_json["words"]["download"] == "Download"


async def test_an_image_is_fetched_from_memory_at_first_and_is_gone_once_it_is_no_longer_kept(
    ada: aiohttp.ClientSession, tmp_path: Path
) -> None:
    _, accepted = await ask(ada, "a paper boat")
    job = await until(ada, accepted["job"], "delivered")
    (image,) = stored(tmp_path)
    whole = image.read_bytes()
    image.unlink()
    url = job["reply"]["images"][0]["url"]
    async with ada.get(url) as response:
        assert await response.read() == whole
    status, answer = await get(ada, url)
    assert (status, answer["error"]) == (410, "This image is no longer kept.")


async def test_a_body_of_unknown_length_is_bounded_too(ada: aiohttp.ClientSession) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 10_000

    async with ada.post("/api/commands", data=endless()) as response:
        assert response.status == 413
