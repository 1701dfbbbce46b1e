"""The catalogue: the options that each model takes, and the request that they become."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cometapi.body import body
from bot.core.catalogue.catalogue import Catalogue
from bot.core.catalogue.models import KNOWN, image_model
from bot.core.catalogue.sizes import SHAPES, FlexibleSizes
from bot.core.image import ImageRequest, OfferedModel, Price
from bot.core.refusals import BadValue, EmptyPrompt, NoModel, OptionNotTaken, PromptTooLong, UnknownModel, UsageError
from tests.support.builders import MovableClock


def catalogue(
    default: str = "dall-e-3", *preference: str, allowed: tuple[str, ...] = (), clock: MovableClock | None = None
) -> Catalogue:
    return Catalogue(default=default, preference=preference, allowed=allowed, clock=clock)


def offered(*names: str) -> list[OfferedModel]:
    return [OfferedModel(name=name) for name in names]


def sent(model: str, **options: str) -> dict[str, object]:
    request = catalogue().resolve({"prompt": "a boat", "model": model, **options})
    return body(image_model(request.model), request)


def test_the_default_model_is_asked_for_its_size_and_nothing_else() -> None:
    request = catalogue().resolve({"prompt": "a boat"})
    assert body(image_model(request.model), request) == {
        "model": "dall-e-3",
        "prompt": "a boat",
        "size": "1024x1024",
        "response_format": "url",
    }


@pytest.mark.parametrize("model", sorted(name for name in KNOWN if name.startswith(("gpt-image", "chatgpt"))))
def test_gpt_image_models_are_never_sent_what_they_reject(model: str) -> None:
    assert not {"response_format", "style"} & set(sent(model))


def test_what_a_model_rejects_is_not_sent_even_if_an_older_job_holds_it() -> None:
    request = ImageRequest(
        model="gpt-image-2", prompt="a boat", size="1024x1024", quality="high", style="vivid", background="opaque"
    )
    assert "style" not in body(image_model("gpt-image-2"), request)
    assert set(body(image_model("brand-new-image"), request)) == {"model", "prompt"}


def test_an_unknown_model_gets_the_broadest_compatible_request() -> None:
    live = catalogue()
    live.update(offered("dall-e-3", "brand-new-image"))
    request = live.resolve({"prompt": "a boat", "model": "brand-new-image", "n": "3"})
    assert body(image_model(request.model), request) == {"model": "brand-new-image", "prompt": "a boat"}
    with pytest.raises(OptionNotTaken) as refusal:
        live.resolve({"prompt": "a boat", "model": "brand-new-image", "size": "1024"})
    assert refusal.value.takes == ("prompt", "model", "n")


def test_a_dated_snapshot_takes_what_its_model_takes() -> None:
    live = catalogue()
    live.update(offered("gpt-image-2-2026-04-21"))
    request = live.resolve({"prompt": "a boat", "model": "gpt-image-2-2026-04-21", "quality": "HIGH"})
    assert (request.model, request.quality) == ("gpt-image-2-2026-04-21", "high")


def test_an_option_that_the_model_lacks_is_refused_with_those_it_has() -> None:
    with pytest.raises(OptionNotTaken) as refusal:
        sent("gpt-image-2", style="vivid")
    assert refusal.value.option == "style"
    assert "quality" in refusal.value.takes


@pytest.mark.parametrize(
    ("model", "option", "value", "allowed"),
    [
        ("dall-e-3", "quality", "ultra", ("standard", "hd")),
        ("dall-e-3", "style", "noir", ("vivid", "natural")),
        ("dall-e-3", "n", "0", ("1 to 10",)),
        ("dall-e-3", "n", "11", ("1 to 10",)),
        ("dall-e-3", "n", "two", ("1 to 10",)),
        ("dall-e-3", "n", "-1", ("1 to 10",)),
        ("dall-e-3", "n", "٣", ("1 to 10",)),
        ("gpt-image-2", "background", "transparent", ("auto", "opaque")),
        ("gpt-image-1", "output_format", "bmp", ("png", "jpeg", "webp")),
    ],
)
def test_a_bad_value_is_refused_with_the_good_ones(
    model: str, option: str, value: str, allowed: tuple[str, ...]
) -> None:
    with pytest.raises(BadValue) as refusal:
        sent(model, **{option: value})
    error = refusal.value
    assert (error.option, error.value, tuple(map(str, error.allowed))) == (option, value, allowed)


def test_a_transparent_background_needs_a_format_that_has_one() -> None:
    with pytest.raises(BadValue) as refusal:
        sent("gpt-image-1", background="transparent", output_format="jpg")
    assert refusal.value.allowed == ("png", "webp")
    assert sent("gpt-image-1", background="transparent", output_format="webp")["output_format"] == "webp"


@pytest.mark.parametrize(
    "prompt",
    ["", "  \n", "\u200b\u200d", "\x00", "\u3164", "\uffa0 \u034f", "\ufe0f", "\U000e0041", "\u2800", "\u3000"],
)
def test_a_prompt_with_nothing_to_see_is_refused(prompt: str) -> None:
    with pytest.raises(EmptyPrompt):
        catalogue().resolve({"prompt": prompt})


def test_a_prompt_may_be_as_long_as_its_model_takes() -> None:
    assert catalogue().resolve({"prompt": "a" * 1000, "model": "dall-e-2"})
    with pytest.raises(PromptTooLong) as refusal:
        catalogue().resolve({"prompt": "a" * 1001, "model": "dall-e-2"})
    assert (refusal.value.length, refusal.value.limit) == (1001, 1000)


def test_characters_that_no_database_keeps_are_dropped() -> None:
    assert catalogue().resolve({"prompt": "a\x00 boat\ud800\nat sea"}).prompt == "a boat?\nat sea"


@pytest.mark.parametrize("model", sorted(KNOWN))
def test_a_square_is_asked_for_if_there_is_a_choice_and_never_several_images(model: str) -> None:
    asked, square = sent(model, n="4"), KNOWN[model].sizes.of_shape("square")
    assert "n" not in asked
    assert asked.get("size", asked.get("aspect_ratio")) == square


@pytest.mark.parametrize("model", [*(name for name in KNOWN if "seedream" in name), "doubao-Seedream-6-0-270101"])
def test_no_seedream_puts_its_mark_on_an_image(model: str) -> None:
    live = catalogue()
    live.update(offered(model))
    request = live.resolve({"prompt": "a boat"})
    assert body(image_model(model), request)["watermark"] is False


@pytest.mark.parametrize("typed", ["dalle 3", "DALL·E 3", "dall_e_3", "Dall-E-3", " dall-e-3 "])
def test_a_model_is_found_in_any_spelling(typed: str) -> None:
    assert catalogue("gpt-image-2").resolve({"prompt": "a boat", "model": typed}).model == "dall-e-3"


def test_an_ambiguous_or_unknown_model_is_refused_with_those_offered() -> None:
    live = catalogue("gpt-image-2")
    live.update(offered("gpt-image-15", "gpt-image-1.5", "gpt-image-2"))
    assert live.model("gpt-image-1.5").name == "gpt-image-1.5"
    for name in ("gpt image 15", "midjourney", "gpt"):
        with pytest.raises(UnknownModel) as refusal:
            live.model(name)
        assert refusal.value.offered == live.names() == ("gpt-image-2", "gpt-image-15", "gpt-image-1.5")


def test_before_the_live_list_the_table_is_what_may_be_chosen() -> None:
    names = catalogue("my-own-model", "gpt-image-2").names()
    assert names[:2] == ("my-own-model", "gpt-image-2")
    assert set(KNOWN) < set(names)


def test_the_live_list_replaces_the_table_and_brings_the_prices() -> None:
    live = catalogue("dall-e-3", "gpt-image-2")
    price = Price(usd=0.04, unit="image")
    live.update([*offered("new-image", "gpt-image-2"), OfferedModel(name="dall-e-3", price=price)])
    assert live.names() == ("dall-e-3", "gpt-image-2", "new-image")
    assert live.price("dall-e-3") == price
    assert live.price("new-image") is None
    assert live.default == live.configured_default == "dall-e-3"


def test_an_empty_live_list_changes_nothing() -> None:
    live = catalogue()
    live.update(offered("dall-e-3", "qwen-image"))
    live.update([])
    assert live.names() == ("dall-e-3", "qwen-image")


def test_a_default_that_is_gone_is_replaced_by_the_preference_with_one_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    live = catalogue("dall-e-3", "gpt-image-2.6-flare", "gpt-image-2")
    with caplog.at_level(logging.WARNING):
        live.update(offered("qwen-image", "gpt-image-2"))
        live.update(offered("qwen-image", "gpt-image-2"))
    assert (live.default, live.configured_default) == ("gpt-image-2", "dall-e-3")
    assert live.resolve({"prompt": "a boat"}).model == "gpt-image-2"
    assert [record.getMessage() for record in caplog.records] == [
        "DEFAULT_MODEL dall-e-3 is not available; using gpt-image-2"
    ]
    live.update(offered("dall-e-3"))
    assert live.default == "dall-e-3"


def test_without_a_preferred_model_any_offered_one_stands_in() -> None:
    live = catalogue("dall-e-3", "gpt-image-2")
    live.update(offered("qwen-image"))
    assert live.default == "qwen-image"


MAY = datetime(2026, 5, 11, 23, 59, tzinfo=UTC)


def test_without_a_live_list_a_retired_default_is_left_to_the_next_that_is_not() -> None:
    clock = MovableClock(MAY)
    known = catalogue("dall-e-3", "gpt-image-1", "gpt-image-2", clock=clock)
    assert known.default == "dall-e-3"
    clock.move(60)
    assert known.default == "gpt-image-1"
    clock.move(timedelta(days=200).total_seconds())
    assert known.default == "gpt-image-2"
    known.update(offered("dall-e-3", "gpt-image-2"))
    assert known.default == "dall-e-3"  # a listed model is tried, even against the table


def test_a_refused_model_is_given_to_nobody_who_names_none() -> None:
    clock = MovableClock()
    live = catalogue("dall-e-3", "gpt-image-2", clock=clock)
    live.update(offered("dall-e-3", "gpt-image-2"))
    live.set_refused({"dall-e-3": clock.now() + timedelta(hours=1)})
    assert live.resolve({"prompt": "a boat"}).model == "gpt-image-2"
    assert live.resolve({"prompt": "a boat", "model": "dall-e-3"}).model == "dall-e-3"
    live.set_refused({name: clock.now() + timedelta(hours=1) for name in live.names()})
    assert live.default in live.names()  # to try is better than to draw nothing
    clock.move(3600)
    assert live.default == "dall-e-3"


def elsewhere(*names: str) -> list[OfferedModel]:
    return [OfferedModel(name=name, makes_images=False) for name in names]


def test_the_live_list_beats_the_table() -> None:
    live = catalogue("gpt-image-2-all", "gpt-image-2")
    live.update([*elsewhere("gpt-image-2-all"), *offered("gpt-image-2")])
    assert live.names() == ("gpt-image-2",)
    assert live.is_elsewhere("gpt-image-2-all")
    with pytest.raises(UnknownModel):
        live.resolve({"prompt": "a boat", "model": "gpt-image-2-all"})


@pytest.mark.parametrize("beside", [True, False], ids=["beside an image model", "alone"])
def test_allowed_models_of_another_kind_are_never_asked_for_images(beside: bool) -> None:
    live = catalogue("gpt-5", allowed=("gpt-5", "claude-9"))
    live.update([*elsewhere("gpt-5", "claude-9"), *(offered("gpt-image-2") if beside else ())])
    assert live.names() == live.choices("model") == live.choices("size") == ()
    for options in ({"prompt": "a boat"}, {"prompt": "a boat", "model": "gpt-5"}):
        with pytest.raises(NoModel):
            live.resolve(options)


def test_only_allowed_models_may_be_chosen() -> None:
    live = catalogue("dall-e-3", "gpt-image-2", allowed=("Qwen-Image", "gpt-image-2"))
    assert live.names() == ("gpt-image-2", "qwen-image")
    with pytest.raises(UnknownModel):
        live.model("dall-e-3")
    live.update(offered("dall-e-3"))
    assert live.default == "gpt-image-2"


def test_choices_are_shapes_first_then_sizes() -> None:
    assert catalogue().choices("size", "dall-e-3") == (
        *("square", "landscape", "portrait"),
        *("1024x1024", "1792x1024", "1024x1792"),
    )
    assert catalogue().choices("size", "dall-e-2")[:2] == ("square", "1024x1024")
    assert catalogue().choices("size", "no-such-model") == ()
    assert catalogue().choices("style", "gpt-image-2") == ()


@pytest.mark.parametrize("model", sorted(KNOWN))
def test_every_value_offered_while_typing_is_taken_and_a_size_says_what_is_sent(model: str) -> None:
    known = catalogue()
    for option in ("size", "quality", "style", "background", "output_format", "nonsense"):
        for value, size in known.completions(option, model).items():
            request = known.resolve({"prompt": "a boat", "model": model, option: value})
            assert getattr(request, option) == (size or value)


def test_what_is_offered_without_a_model_is_the_defaults_or_else_what_others_take() -> None:
    known = catalogue()
    assert known.completions("quality") == known.completions("quality", "dall-e-3")
    assert list(known.completions("background")) == ["auto", "opaque", "transparent"]
    assert known.completions("background", "dall-e-3") == {}


def test_choices_without_a_model_are_those_of_all_the_default_ones_first() -> None:
    qualities = catalogue().choices("quality")
    assert qualities[:2] == ("standard", "hd")
    assert {"low", "medium", "high", "xhigh"} < set(qualities)
    assert catalogue().choices("model")[0] == "dall-e-3"
    assert catalogue().choices("n") == (*tuple("123456789"), "10")


@pytest.mark.parametrize("model", sorted(KNOWN))
def test_every_choice_that_is_offered_is_taken(model: str) -> None:
    live = catalogue()
    for option in live.takes(model):
        for value in live.choices(option, model) if option != "model" else ():
            live.resolve({"prompt": "a boat", "model": model, option: value})


@pytest.mark.parametrize("model", sorted(KNOWN))
def test_a_resolved_request_resolves_to_itself(model: str) -> None:
    live = catalogue()
    for option in live.takes(model):
        for value in live.choices(option, model) if option != "model" else ():
            request = live.resolve({"prompt": "a boat", "model": model, option: value})
            fields = {"n": str(request.n), "size": request.size, "quality": request.quality, "style": request.style}
            again = {name: typed for name, typed in fields.items() if typed}
            same = live.resolve({"prompt": "a boat", "model": model, **again})
            assert (same.size, same.quality, same.n) == (request.size, request.quality, request.n)


@given(st.sampled_from(sorted(KNOWN)), st.sampled_from(["size", "ar", "n", "quality", "style"]), st.text(max_size=12))
def test_nothing_typed_gets_past_the_checks_by_breaking_them(model: str, option: str, value: str) -> None:
    try:
        request = catalogue().resolve({"prompt": "a boat", "model": model, option: value})
    except UsageError:
        return
    assert body(image_model(model), request)["model"] == model


@pytest.mark.parametrize("model", sorted(KNOWN))
def test_every_known_model_has_a_short_description_that_promises_what_it_takes(model: str) -> None:
    description, known = catalogue().description(model), KNOWN[model]
    assert 0 < len(description) <= 60
    promised = {
        "transparent": "transparent" in known.backgrounds,
        "style": len(known.styles) > 1,
        "quality": len(known.qualities) > 1,
        "any size": isinstance(known.sizes, FlexibleSizes),
        "six sizes": len(known.sizes.choices) == 6 + len(SHAPES),
        "six levels": len(known.qualities) == 6,
        "takes only a prompt": set(known.takes) == {"prompt", "model", "n"},
        "up to 1024 pixels": known.sizes.of_pixels(1024, 1024) is not None,
        "up to 3840 pixels": known.sizes.of_pixels(3840, 1280) is not None,
        "up to 4096 pixels": known.sizes.of_pixels(4096, 4096) is not None,
        **{preset: preset in known.sizes.words for preset in ("2K", "3K", "4K", "1k", "2k")},
    }
    assert [words for words, true in promised.items() if words in description and not true] == []


def test_a_dated_snapshot_is_described_as_its_model_and_an_unknown_one_not_at_all() -> None:
    assert catalogue().description("gpt-image-2-2026-04-21") == catalogue().description("gpt-image-2") != ""
    assert catalogue().description("somebodys-model") == ""
