"""The sandbox's models, and the parameters that each family documents. On purpose not the bot's own table."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Rule = Callable[[object], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Models that take the same parameters and answer in the same shape."""

    models: tuple[str, ...]
    parameters: Mapping[str, Rule] = field(default_factory=dict)
    prompt_limit: int = 32000
    size: str = "1024x1024"
    links: bool = True
    """Whether images come as URLs by default, rather than as base64."""


def _one_of(*values: str) -> Rule:
    return lambda value: value in values


def _whole(lowest: int, highest: int) -> Rule:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest


def _text(value: object) -> bool:
    return isinstance(value, str)


def _within(*words: str, step: int, least: int, most: int, longest: int, steepest: int) -> Rule:
    """Return a rule that allows these words, and any WIDTHxHEIGHT within bounds (`least` and `most` in pixels)."""

    def rule(value: object) -> bool:
        if value in words:
            return True
        found = re.fullmatch(r"(\d{2,4})x(\d{2,4})", value) if isinstance(value, str) else None
        if found is None:
            return False
        short, long = sorted((int(found[1]), int(found[2])))
        return (
            short % step == long % step == 0
            and least <= short * long <= most
            and long <= min(longest, steepest * short)
        )

    return rule


_FORMAT = _one_of("url", "b64_json")
_GPT: Mapping[str, Rule] = {
    "n": _whole(1, 10),
    "size": _one_of("auto", "1024x1024", "1536x1024", "1024x1536"),
    "quality": _one_of("auto", "low", "medium", "high"),
    "background": _one_of("auto", "opaque", "transparent"),
    "output_format": _one_of("png", "jpeg", "webp"),
    "output_compression": _whole(0, 100),
    "moderation": _one_of("auto", "low"),
    "user": _text,
}
_ANY_SIZE = _within("auto", step=16, least=655_360, most=8_294_400, longest=3840, steepest=3)
_LARGE = {"step": 1, "most": 16_777_216, "longest": 8192, "steepest": 16}
_RATIOS = _one_of(
    *["1:1", "3:4", "4:3", "9:16", "16:9", "2:3", "3:2", "9:19.5", "19.5:9", "9:20", "20:9", "1:2", "2:1", "auto"]
)
_GROK: Mapping[str, Rule] = {
    "n": _whole(1, 10),
    "aspect_ratio": _RATIOS,
    "resolution": _one_of("1k", "2k"),
    "response_format": _FORMAT,
}


def _seedream(model: str, *presets: str, least: int = 3_686_400) -> Family:
    size = _within(*presets, least=least, **_LARGE)
    parameters: Mapping[str, Rule] = {
        "n": _whole(1, 1),
        "size": size,
        "response_format": _FORMAT,
        "watermark": lambda value: isinstance(value, bool),
    }
    return Family(models=(model,), parameters=parameters, size="2048x2048")


FAMILIES = (
    Family(
        models=("dall-e-3",),
        parameters={
            "n": _whole(1, 1),
            "size": _one_of("1024x1024", "1792x1024", "1024x1792"),
            "quality": _one_of("standard", "hd"),
            "style": _one_of("vivid", "natural"),
            "response_format": _FORMAT,
            "user": _text,
        },
        prompt_limit=4000,
    ),
    Family(
        models=("dall-e-2",),
        parameters={
            "n": _whole(1, 10),
            "size": _one_of("256x256", "512x512", "1024x1024"),
            "quality": _one_of("standard"),
            "response_format": _FORMAT,
            "user": _text,
        },
        prompt_limit=1000,
    ),
    Family(
        models=("gpt-image-1", "gpt-image-1-mini", "gpt-image-1.5", "chatgpt-image-latest"),
        parameters=_GPT,
        links=False,
    ),
    Family(
        models=("gpt-image-2", "gpt-image-2-2026-04-21"),
        parameters={**_GPT, "size": _ANY_SIZE, "background": _one_of("auto", "opaque")},
        links=False,
    ),
    Family(
        models=tuple(f"gpt-image-{each}" for each in ("2.5-sunburst", "2.5-flare", "2.6-sunburst", "2.6-flare")),
        parameters={
            **_GPT,
            "size": _ANY_SIZE,
            "quality": _one_of("auto", "low", "medium", "high", "xhigh", "max"),
        },
        links=False,
    ),
    Family(
        models=("qwen-image",),
        parameters={
            "n": _whole(1, 1),
            "size": _within(step=16, least=512 * 512, most=1664 * 1328, longest=1664, steepest=3),
            "response_format": _FORMAT,
        },
        links=False,
    ),
    _seedream("doubao-seedream-4-0-250828", "1K", "2K", "4K", least=921_600),
    _seedream("doubao-seedream-4-5-251128", "2K", "4K"),
    _seedream("doubao-seedream-5-0-260128", "2K", "3K"),
    _seedream("seedream-5-0-pro-260628", "1K", "2K"),
    Family(models=("grok-imagine-image",), parameters=_GROK),
    Family(models=("grok-imagine-image-2.0",), parameters={**_GROK, "quality": _one_of("low", "medium")}),
    Family(models=("gpt-image-2-all",), parameters={"n": _whole(1, 1)}),
)
