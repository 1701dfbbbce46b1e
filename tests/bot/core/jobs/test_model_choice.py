"""The model that draws if the asker leaves the choice to the bot, and the options that are kept."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.core.catalogue.catalogue import Catalogue
from bot.core.image import OfferedModel
from bot.core.jobs import changes
from bot.core.jobs.model_choice import ModelChoice
from bot.core.model import Asked, Fault, Job, Status
from bot.core.queue import Outage
from tests.support.builders import MOMENT, MovableClock, job_from, new_image, new_job


class State:
    """The facts about the gateway that all processes share, as far as they are asked for here."""

    def __init__(self) -> None:
        self.refusals: dict[str, datetime] = {}

    async def pause(self, until: datetime) -> None: ...
    async def cool_down(self, model: str, until: datetime) -> None: ...
    async def answered(self) -> None: ...

    async def failed(self, fault: Fault, *, sent: datetime | None, first_pause: timedelta) -> Outage:
        pytest.fail("choosing a model isn't a failure of the gateway")

    async def outage(self) -> Outage | None:
        return None

    async def set_gateway_down(self, fault: Fault | None) -> None: ...

    async def gateway_down(self) -> Fault | None:
        return None

    async def refuse_model(self, model: str, until: datetime, fault: Fault) -> None:
        self.refusals[model] = until

    async def refused_models(self) -> Mapping[str, datetime]:
        return self.refusals


def job(prompt: str = "a boat", model: str = "dall-e-3", **options: str) -> Job:
    new = new_job(prompt=prompt, model=model)
    request = replace(new.request, size=options.get("size", "1024x1024"), style=options.get("style"))
    return replace(job_from(new, Status.QUEUED), request=request, asked=Asked(model=model, options=options))


def chosen_from(*offered: str, answered: bool = True) -> tuple[ModelChoice, State]:
    clock, state = MovableClock(), State()
    catalogue = Catalogue(default="dall-e-3", preference=("dall-e-2", "gpt-image-2"), clock=clock)
    if offered:
        catalogue.update([OfferedModel(name=name) for name in offered])
    if answered:
        catalogue.set_answered()
    return ModelChoice(catalogue=catalogue, gateway=state, clock=clock), state


async def test_the_best_that_is_offered_draws_with_what_fits_it() -> None:
    choice, _ = chosen_from("gpt-image-2", "qwen-image")
    sent = (await choice.chosen(job(size="1792x1024", style="vivid"))).request
    assert (sent.model, sent.size, sent.style, sent.quality) == ("gpt-image-2", "1792x1024", None, "medium")
    choice, _ = chosen_from("gpt-image-1")
    assert (await choice.chosen(job(size="1792x1024"))).request.size == "1536x1024"  # at least its shape


@pytest.mark.parametrize("named", [job(model="dall-e-3"), replace(job(), asked=None)], ids=["named", "an old row"])
async def test_a_model_that_was_named_is_not_replaced(named: Job) -> None:
    if named.asked:
        named = replace(named, asked=replace(named.asked, options={"model": "dall-e-3"}))
    choice, state = chosen_from("gpt-image-2")
    assert await choice.chosen(named) == named
    assert not await choice.refused(named, Fault.MODEL_UNAVAILABLE)
    assert state.refusals == {"dall-e-3": MOMENT + timedelta(hours=1)}  # and other processes learn of it


async def test_with_an_image_made_the_others_are_of_the_same_model() -> None:
    begun = job()
    choice, _ = chosen_from("gpt-image-2")
    assert (await choice.chosen(replace(begun, images=(new_image(begun.id),)))).request.model == "dall-e-3"


async def test_a_prompt_that_is_too_long_for_the_next_model_stays_with_the_first() -> None:
    choice, _ = chosen_from("dall-e-2")
    assert (await choice.chosen(job("a" * 1001))).request.model == "dall-e-3"


async def test_each_refused_model_is_followed_by_the_next_and_the_last_by_none() -> None:
    choice, _ = chosen_from("dall-e-3", "dall-e-2", "gpt-image-2")
    at = job()
    for model in ("dall-e-2", "gpt-image-2"):
        assert await choice.refused(at, Fault.MODEL_UNAVAILABLE)
        at = await choice.chosen(at)
        assert at.request.model == model
    await choice.refused(at, Fault.MODEL_UNAVAILABLE)
    assert (await choice.chosen(at)).request.model == "dall-e-3"  # to try again is all that is left


async def test_what_words_alone_refused_is_passed_over_for_one_job_only() -> None:
    choice, state = chosen_from("dall-e-3", "dall-e-2", "gpt-image-2")
    at, other = job(), job("a kite")
    for model in ("dall-e-2", "gpt-image-2"):
        assert await choice.refused(at, Fault.MODEL_UNAVAILABLE, to_all=False)
        at = await choice.chosen(at)
        assert at.request.model == model
    assert state.refusals == {}
    assert (await choice.chosen(other)).request.model == "dall-e-3"
    choice.ended(at)
    assert (await choice.chosen(at)).request.model == "dall-e-3"


async def test_a_model_that_makes_no_images_stays_if_it_is_the_only_one() -> None:
    choice, _ = chosen_from("dall-e-3")
    assert not await choice.refused(job(), Fault.NO_IMAGES)
    assert (await choice.chosen(job())).request.model == "dall-e-3"


AFTER_THEIR_END = MOMENT + timedelta(days=250)


@pytest.mark.parametrize("answers", [True, False])
async def test_the_first_list_is_waited_for_but_not_for_long(answers: bool) -> None:
    clock = MovableClock(AFTER_THEIR_END)
    catalogue = Catalogue(default="dall-e-3", preference=("gpt-image-2",), clock=clock)
    choice = ModelChoice(catalogue=catalogue, gateway=State(), clock=clock, first_list_seconds=60 if answers else 0.5)
    waiting = asyncio.create_task(choice.chosen(job()))
    for _ in range(9):
        await asyncio.sleep(0)
    assert not waiting.done()
    if answers:
        catalogue.update([OfferedModel(name="qwen-image")])
        catalogue.set_answered()
    async with asyncio.timeout(60):
        assert (await waiting).request.model == ("qwen-image" if answers else "gpt-image-2")


async def test_of_a_model_that_nobody_asked_for_nothing_is_said_unless_it_was_refused() -> None:
    at = job(model="gpt-image-2")
    choice, _ = chosen_from("dall-e-3", "gpt-image-2")
    chosen = await choice.chosen(at)
    assert (chosen.request.model, changes.model(chosen)) == ("dall-e-3", None)
    choice, _ = chosen_from("dall-e-3")  # it was a guess, before the list came: nobody asked for it
    assert changes.model(await choice.chosen(at)) is None
    choice, _ = chosen_from("dall-e-3", "gpt-image-2")
    assert await choice.refused(at, Fault.MODEL_UNAVAILABLE)
    assert changes.model(await choice.chosen(at)) == "gpt-image-2"
