"""Words in a prompt that make the sandbox answer as other gateways did, so that each answer can be seen without a key.

docs/playground.md lists them, with what people are told.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from bot.sandbox.protocol import Asked, Rejected

_WORD = re.compile(r"forbidden|sandbox-[a-z]+")
_SAFETY = "Your request was rejected by the safety system. safety_violations=[violence]."
_FLOOD = b'{"data":[' + b"{}," * 1_000_000 + b"{}]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer instead of images: JSON for anything but text, bytes and a refusal, which gets the request's id."""

    status: int = 200
    body: object = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


def _error(status: int, message: str, code: str = "", kind: str = "comet_api_error", **headers: str) -> Reply:
    """Give the usual envelope."""
    return Reply(status=status, body=Rejected(status, message, code=code, kind=kind), headers=headers)


def _page(status: int, title: str, **headers: str) -> Reply:
    page = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Reply(status=status, body=page, headers={"Content-Type": "text/html; charset=utf-8", **headers})


def _soon() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=3), usegmt=True)


def _of_dall_e(asked: Asked, refusal: Reply) -> Reply | None:
    """Refuse a model, but not the models that take its place."""
    return refusal if asked.model.startswith("dall-e") else None


REPLIES: Mapping[str, Callable[[Asked], Reply | None]] = {
    "forbidden": lambda _: _error(400, _SAFETY, "moderation_blocked", "image_generation_user_error"),
    "sandbox-seedream": lambda _: _error(500, "the input text may contain sensitive information", kind="BadRequest"),
    "sandbox-azure": lambda _: Reply(
        status=400, body={"error": {"code": "400", "inner_error": {"code": "ResponsibleAIPolicyViolation"}}}
    ),
    "sandbox-qwen": lambda _: Reply(status=400, body={"code": "DataInspectionFailed", "message": "inspected"}),
    "sandbox-grok": lambda _: Reply(body={"data": [{"url": "", "respect_moderation": False}]}),
    "sandbox-fee": lambda _: _error(400, "rejected, for a fee", "violation_fee.grok.csam"),
    "sandbox-options": lambda _: _error(400, "Invalid size", "invalid_value", "invalid_request_error"),
    "sandbox-picture": lambda _: _error(400, "Invalid image file", "invalid_image_file"),
    "sandbox-large": lambda _: _page(413, "413 Request Entity Too Large"),
    "sandbox-balance": lambda _: _error(403, "user quota is not enough", "insufficient_user_quota"),
    "sandbox-budget": lambda _: _error(400, "Budget has been exceeded!", "400", "budget_exceeded"),
    "sandbox-gbk": lambda _: Reply(
        status=403,
        body=json.dumps(
            {"error": {"message": "用户额度不足", "code": "insufficient_user_quota"}}, ensure_ascii=False
        ).encode("gbk"),
    ),
    "sandbox-flat": lambda _: Reply(
        status=403, body={"error": True, "message": "no credits", "code": "insufficient_credits"}
    ),
    "sandbox-quote": lambda asked: _error(403, f"insufficient permissions to draw '{asked.prompt}'"),
    "sandbox-words": lambda _: _error(403, "user quota is not enough"),
    "sandbox-key": lambda _: _error(401, "invalid token"),
    "sandbox-firewall": lambda _: _page(403, "Attention Required!", Server="sandbox", **{"CF-Ray": "0-TEST"}),
    "sandbox-country": lambda _: _error(403, "Country, region, or territory not supported", kind="request_forbidden"),
    "sandbox-moved": lambda _: Reply(status=308, headers={"Location": "https://gateway.example/v1/images/generations"}),
    "sandbox-unbuilt": lambda _: _error(501, "not implemented", "api_not_implemented"),
    "sandbox-channel": lambda asked: _of_dall_e(
        asked,
        _error(503, f"no available channel for group default and model {asked.model} (distributor)", "model_not_found"),
    ),
    "sandbox-chat": lambda asked: _of_dall_e(
        asked, _error(500, "not supported model for image generation", "convert_request_failed")
    ),
    "sandbox-limit": lambda _: _error(429, "too many requests", **{"Retry-After": "2"}),
    "sandbox-date": lambda _: _error(429, "too many requests", **{"Retry-After": _soon()}),
    "sandbox-busy": lambda _: _error(503, "The model is currently busy", "bad_response_status_code", "upstream_error"),
    "sandbox-broken": lambda _: _error(500, "do request failed", "do_request_failed"),
    "sandbox-page": lambda _: _page(502, "502 Bad Gateway", Server="sandbox"),
    "sandbox-task": lambda _: Reply(body={"code": 200, "data": [{"status": "submitted", "task_id": "task_sandbox"}]}),
    "sandbox-flood": lambda _: Reply(body=_FLOOD, headers={"Content-Type": "application/json"}),
    "sandbox-empty": lambda _: Reply(body={"created": 1, "data": []}),
}
"""What is answered instead of images; None for images all the same."""

Item = Mapping[str, object]
SHAPES: Mapping[str, Callable[[Sequence[Item]], object]] = {
    "sandbox-both": lambda items: {"data": [{"b64_json": "null", "url": _content(item)} for item in items]},
    "sandbox-nested": lambda items: {"images": [{"image_url": {"url": _content(item)}} for item in items]},
    "sandbox-bare": lambda items: [_content(item) for item in items],
    "sandbox-relative": lambda items: {"data": [{"url": f"..{_path(item)}"} for item in items]},
    "sandbox-file": lambda items: {"data": [{"url": f"{_content(item)}?keyed=1"} for item in items]},
}
"""What the answer with images looks like instead."""
LINKED = frozenset({"sandbox-relative", "sandbox-file"})
"""Words that make it answer with files, no matter what was asked for."""


def word_in(prompt: str) -> str:
    """Return the first word of a prompt that asks for trouble; empty if no word does."""
    return next((word for word in _WORD.findall(prompt.lower()) if word in REPLIES or word in SHAPES), "")


def _content(item: Item) -> str:
    return str(item.get("url") or f"data:image/png;base64,{item.get('b64_json')}")


def _path(item: Item) -> str:
    return "/" + str(item["url"]).split("/", 3)[3]
