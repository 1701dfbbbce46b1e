"""Reads the gateway's public list: which image models its images endpoint serves, and their prices."""

import math
from collections.abc import Iterator, Mapping, Sequence

from bot.cometapi.answers import read_json
from bot.core.catalogue import image_model
from bot.core.model import OfferedModel, Price

PER_IMAGE = "image"
PER_MILLION_TOKENS = "million output tokens"

# No chat platform's menu takes a longer name.
_LONGEST_NAME = 100
_ENDPOINT = "/images/generations"


def read_offers(body: bytes) -> Sequence[OfferedModel] | None:
    """Read the answer of `GET /api/models`. None if it isn't such a list. Unreadable records are left out."""
    payload = read_json(body)
    records = payload.get("data") if isinstance(payload, dict) else None
    if not isinstance(records, list):
        return None
    offers: dict[str, OfferedModel] = {}
    for record in records:
        name = _name(record.get("id")) if isinstance(record, dict) else ""
        if name and _makes_images(name, record):
            offers.setdefault(name, OfferedModel(name=name, price=_price(record.get("pricing"))))
    return tuple(offers.values())


def _name(value: object) -> str:
    """Return a model's name; empty if it is useless because it can't be shown, typed or offered in a menu."""
    name = value.strip() if isinstance(value, str) else ""
    return name if name.isprintable() and len(name) <= _LONGEST_NAME else ""


def _makes_images(name: str, record: Mapping[str, object]) -> bool:
    """Return whether the images endpoint serves this model: the built-in table has it, or its endpoints say so."""
    if record.get("upcoming") is True:
        return False
    return image_model(name).known or any(_ENDPOINT in text for text in _texts(_unpacked(record.get("endpoints"))))


def _unpacked(endpoints: object) -> object:
    """Parse endpoints that come as JSON text."""
    if isinstance(endpoints, str) and endpoints.lstrip().startswith(("{", "[")):
        return read_json(endpoints.encode())
    return endpoints


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _price(pricing: object) -> Price | None:
    if not isinstance(pricing, dict):
        return None
    if per_image := _amount(pricing.get("per_request")):
        return Price(usd=per_image, unit=PER_IMAGE)
    if per_tokens := _amount(pricing.get("output")):
        return Price(usd=per_tokens, unit=PER_MILLION_TOKENS)
    return None


def _amount(value: object) -> float:
    """Read a price; 0 if it isn't valid."""
    try:
        amount = float(value) if isinstance(value, int | float | str) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return amount if math.isfinite(amount) and amount > 0 else 0.0
