"""Which requests the sandbox accepts, and the documented refusals of all others."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.sandbox.models import FAMILIES, Family


class Rejected(Exception):
    """A refusal, in the words of the gateway."""

    def __init__(
        self, status: int, message: str, *, code: str = "", param: str = "", kind: str = "comet_api_error"
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.param, self.kind = status, message, code, param, kind
        self.headers: Mapping[str, str] = {}


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
