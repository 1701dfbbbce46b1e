"""The protocol that CometAPI documents, from the gateway's side: which requests are taken, and the JSON of answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.sandbox.models import FAMILIES, Family

# Tokens of a square image, from the prices that OpenAI publishes per quality.
_TOKENS = {"low": 196, "auto": 1056, "medium": 1056}
_TOKENS_AT_MOST = 7024


class Rejected(Exception):
    """A refusal, in the words of the gateway."""

    def __init__(
        self, status: int, message: str, *, code: str = "", param: str = "", kind: str = "comet_api_error"
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.param, self.kind = status, message, code, param, kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that the rules allow. `size` in pixels."""

    family: Family
    model: str
    prompt: str = field(repr=False)
    n: int
    size: tuple[int, int]
    quality: str
    output_format: str
    background: str
    links: bool
    marked: bool
    """Whether the vendor puts a visible mark on the image, which it does unless told not to."""


def read(body: object) -> Asked:
    """Check a request and return it. Raises Rejected."""
    if not isinstance(body, dict):
        raise Rejected(400, "invalid request body", code="invalid_request")
    model, prompt = body.get("model"), body.get("prompt")
    if not isinstance(model, str) or not model:
        raise Rejected(400, "model name is required")
    family = next((family for family in FAMILIES if model in family.models), None)
    if family is None:
        message = f"no available channel for group default and model {model} (distributor)"
        raise Rejected(503, message, code="model_not_found")
    if not isinstance(prompt, str) or not prompt.strip():
        raise Rejected(400, "prompt is required", code="invalid_request", param="prompt")
    if len(prompt) > family.prompt_limit:
        raise _bad_value("prompt", f"string too long, expected at most {family.prompt_limit}")
    _check_parameters(family, body)
    return _asked(family, model, prompt, body)


def _check_parameters(family: Family, body: Mapping[str, object]) -> None:
    for name, value in body.items():
        if name in {"model", "prompt"}:
            continue
        if name not in family.parameters:
            raise Rejected(
                400,
                f"Unknown parameter: '{name}'.",
                code="unknown_parameter",
                param=name,
                kind="invalid_request_error",
            )
        if not family.parameters[name](value):
            raise _bad_value(name, f"Invalid value: {value!r:.80}.")
    if body.get("background") == "transparent" and body.get("output_format") == "jpeg":
        raise _bad_value("background", "Transparent background is not supported for JPEG.")


def _bad_value(param: str, message: str) -> Rejected:
    return Rejected(400, message, code="invalid_value", param=param, kind="invalid_request_error")


def _asked(family: Family, model: str, prompt: str, body: Mapping[str, object]) -> Asked:
    def text(name: str, default: str) -> str:
        return str(body.get(name) or default)

    is_grok = "aspect_ratio" in family.parameters
    n = body.get("n")
    return Asked(
        family=family,
        model=model,
        prompt=prompt,
        n=n if isinstance(n, int) else 1,
        size=_ratio_pixels(text("aspect_ratio", "1:1")) if is_grok else _pixels(text("size", family.size), family.size),
        quality=text("quality", "auto"),
        output_format="jpeg" if is_grok else text("output_format", "png"),
        background=text("background", "opaque"),
        marked="watermark" in family.parameters and body.get("watermark") is not False,
        links=family.links if body.get("response_format") is None else body["response_format"] == "url",
    )


def _pixels(size: str, default: str) -> tuple[int, int]:
    presets = {"1K": "1024x1024", "2K": "2048x2048", "3K": "3072x3072", "4K": "4096x4096", "auto": default}
    width, height = presets.get(size, size).split("x")
    return int(width), int(height)


def _ratio_pixels(ratio: str) -> tuple[int, int]:
    width, height = (1.0, 1.0) if ratio == "auto" else map(float, ratio.split(":"))
    scale = (1024 * 1024 / (width * height)) ** 0.5
    return round(width * scale / 8) * 8, round(height * scale / 8) * 8


def image_answer(asked: Asked, contents: Sequence[str], *, created: int) -> dict[str, object]:
    """Return the answer with these contents: URLs or base64, as requested."""
    field = "url" if asked.links else "b64_json"
    items: list[dict[str, object]] = [{field: content} for content in contents]
    answer: dict[str, object] = {"created": created, "data": items}
    if asked.model == "dall-e-3":
        for item in items:
            item["revised_prompt"] = f"{asked.prompt.strip().rstrip('.')}, drawn by the sandbox."[:4000]
    if "background" in asked.family.parameters:
        answer |= _gpt_fields(asked, len(contents))
    if "watermark" in asked.family.parameters:
        size = f"{asked.size[0]}x{asked.size[1]}"
        answer["data"] = [{**item, "size": size} for item in items]
        answer |= {"model": asked.model, "usage": {"generated_images": len(items), "output_tokens": 4096}}
    return answer


def error_answer(rejected: Rejected, request_id: str) -> dict[str, object]:
    """Return the envelope of an error: the request's id is part of the message, `code` is often empty."""
    return {
        "error": {
            "message": f"{rejected.message} (request id: {request_id})",
            "type": rejected.kind,
            "param": rejected.param,
            "code": rejected.code,
        }
    }


def model_list() -> dict[str, object]:
    """Return the list that needs a key: every model's name."""
    names = [name for family in FAMILIES for name in family.models]
    return {"object": "list", "data": [{"id": name, "object": "model", "owned_by": "sandbox"} for name in names]}


def billing() -> dict[str, dict[str, object]]:
    """Return what the routes of the balance answer for a key without a limit of its own; usage is in cents."""
    return {
        "subscription": {"object": "billing_subscription", "hard_limit_usd": 100_000_000},
        "usage": {"object": "list", "total_usage": 0},
    }


def catalogue() -> dict[str, object]:
    """Return the public list, with prices, and with models that the images endpoint doesn't serve."""
    records = [_record(name) for family in FAMILIES for name in family.models]
    records += [_elsewhere(*each) for each in _ELSEWHERE]
    return {"success": True, "page": 0, "page_size": len(records), "total": len(records), "data": records}


def _gpt_fields(asked: Asked, images: int) -> dict[str, object]:
    text, image = max(1, len(asked.prompt) // 4), _TOKENS.get(asked.quality, _TOKENS_AT_MOST) * images
    return {
        "background": "transparent" if asked.background == "transparent" else "opaque",
        "output_format": asked.output_format,
        "quality": "medium" if asked.quality == "auto" else asked.quality,
        "size": f"{asked.size[0]}x{asked.size[1]}",
        "usage": {
            "input_tokens": text,
            "input_tokens_details": {"image_tokens": 0, "text_tokens": text},
            "output_tokens": image,
            "output_tokens_details": {"image_tokens": image, "text_tokens": 0},
            "total_tokens": text + image,
        },
    }


def _record(name: str) -> dict[str, object]:
    return {
        "id": name,
        "code": name.replace(".", "-"),
        "name": name,
        "model_type": "image",
        "features": ["text-to-image"],
        # The gateway sends this field as JSON text.
        "endpoints": '{"image-generation": {"path": "/v1/images/generations", "method": "POST"}}',
        "pricing": _PRICES.get(name, {"currency": "USD / M Tokens", "per_request": 0.04}),
    }


def _elsewhere(name: str, kind: str, path: str) -> dict[str, object]:
    return {
        "id": name,
        "code": name.replace(".", "-"),
        "name": name,
        "model_type": kind,
        "features": ["text-to-image"] if kind == "image" else ["text-to-text"],
        "endpoints": {kind: {"path": path, "method": "POST"}},
        "pricing": None,
    }


_PER_TOKEN = {"currency": "USD / M Tokens", "input": 4, "output": 24, "per_request": None, "per_second": None}
_PRICES: Mapping[str, Mapping[str, object]] = {
    "dall-e-2": {"currency": "USD / M Tokens", "per_request": 0.016},
    "dall-e-3": {"currency": "USD / M Tokens", "per_request": 0.032},
    "gpt-image-1": {**_PER_TOKEN, "output": 32},
    "gpt-image-1.5": {**_PER_TOKEN, "input": 6.4, "output": 25.6},
    "gpt-image-1-mini": {**_PER_TOKEN, "output": 6.4},
    **dict.fromkeys(("gpt-image-2", "gpt-image-2-2026-04-21"), _PER_TOKEN),
    **dict.fromkeys((f"gpt-image-2.{minor}-{kind}" for minor in "56" for kind in ("sunburst", "flare")), _PER_TOKEN),
}
_ELSEWHERE = (
    ("flux-1.1-pro", "image", "/flux/v1/flux-pro-1.1"),
    ("gemini-3-pro-image-preview", "image", "/v1beta/models/gemini-3-pro-image-preview:generateContent"),
    ("gpt-5-mini", "text", "/v1/chat/completions"),
)
