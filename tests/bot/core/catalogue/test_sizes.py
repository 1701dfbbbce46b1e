"""Sizes: what people write, and what each model is sent for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cometapi.body import body
from bot.core.catalogue.catalogue import Catalogue
from bot.core.catalogue.models import image_model
from bot.core.language import Language
from bot.core.language.refusals import refusal as refusal_line
from bot.core.refusals import BadValue, RepeatedOption
from bot.core.replies import plain


def sent(model: str, **options: str) -> dict[str, object]:
    request = Catalogue(default="dall-e-3").resolve({"prompt": "a boat", "model": model, **options})
    return body(image_model(request.model), request)


@pytest.mark.parametrize(
    ("model", "typed", "size"),
    [
        ("dall-e-3", "1024", "1024x1024"),
        ("dall-e-3", "1024×1024", "1024x1024"),
        ("dall-e-3", "1792 X 1024", "1792x1024"),
        ("dall-e-3", "Landscape", "1792x1024"),
        ("dall-e-3", "portrait", "1024x1792"),
        ("dall-e-2", "512", "512x512"),
        ("dall-e-2", "square", "1024x1024"),
        ("gpt-image-1", "auto", "auto"),
        ("gpt-image-1", "landscape", "1536x1024"),
        ("gpt-image-2", "1600x912", "1600x912"),
        ("gpt-image-2", "portrait", "1024x1536"),
        ("qwen-image", "landscape", "1664x928"),
        ("doubao-seedream-4-5-251128", "4k", "4K"),
        ("doubao-seedream-4-5-251128", "square", "2048x2048"),
    ],
)
def test_a_size_is_understood_in_any_spelling(model: str, typed: str, size: str) -> None:
    assert sent(model, size=typed)["size"] == size


@pytest.mark.parametrize(
    ("model", "ratio", "size"),
    [
        ("dall-e-3", "16:9", "1792x1024"),
        ("dall-e-3", "9/16", "1024x1792"),
        ("dall-e-3", "5:4", "1024x1024"),
        ("gpt-image-1", "4:3", "1536x1024"),
        ("gpt-image-2", "16:9", "1280x720"),
        ("gpt-image-2", "1:1", "1024x1024"),
        ("gpt-image-2", "3:2", "1536x1024"),
        ("qwen-image", "4:3", "1472x1104"),
    ],
)
def test_an_aspect_ratio_becomes_the_nearest_size(model: str, ratio: str, size: str) -> None:
    assert sent(model, ar=ratio)["size"] == size


@given(st.floats(0.34, 2.95))
def test_a_flexible_model_gets_a_legal_size_for_any_ratio(ratio: float) -> None:
    size = sent("gpt-image-2", ar=f"{ratio:.3f}:1")["size"]
    width, height = map(int, str(size).split("x"))
    assert width % 16 == height % 16 == 0
    assert 655_360 <= width * height <= 8_294_400
    assert max(width, height) <= min(3840, 3 * min(width, height))
    assert width / height == pytest.approx(ratio, rel=0.03)


@pytest.mark.parametrize(
    ("model", "size"),
    [
        ("dall-e-3", "512x512"),
        ("dall-e-3", "auto"),
        ("dall-e-3", "huge"),
        ("dall-e-3", "0"),
        ("dall-e-3", "10:1"),
        ("dall-e-2", "landscape"),
        ("dall-e-2", "16:9"),
        ("gpt-image-2", "1000x1000"),
        ("gpt-image-2", "640x640"),
        ("gpt-image-2", "3840x3840"),
        ("gpt-image-2", "3840x1024"),
        ("doubao-seedream-5-0-260128", "1024x1024"),
    ],
)
def test_a_size_that_the_model_lacks_is_refused_with_those_it_has(model: str, size: str) -> None:
    with pytest.raises(BadValue) as refusal:
        sent(model, size=size)
    assert refusal.value.option == "size"
    assert "square" in refusal.value.allowed
    assert refusal.value.model == model


def test_bounds_of_sizes_are_said_in_words() -> None:
    with pytest.raises(BadValue) as refusal:
        sent("gpt-image-2", size="100x100")
    assert plain((refusal_line(Language(), refusal.value),)).endswith(
        " or any WIDTHxHEIGHT in steps of 16, with 655,360 to 8,294,400 pixels, no side longer than 3,840, "
        "and no ratio beyond 3:1."
    )


def test_grok_gets_an_aspect_ratio_or_a_resolution_in_place_of_a_size() -> None:
    assert sent("grok-imagine-image", size="1920x1080") == {
        "model": "grok-imagine-image",
        "prompt": "a boat",
        "aspect_ratio": "16:9",
    }
    assert sent("grok-imagine-image", size="2K")["resolution"] == "2k"
    assert sent("grok-imagine-image", ar="auto")["aspect_ratio"] == "auto"


def test_size_and_aspect_ratio_together_are_refused() -> None:
    with pytest.raises(RepeatedOption):
        sent("dall-e-3", size="square", ar="16:9")
