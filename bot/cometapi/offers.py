"""Reads the gateway's list: which models it offers, which of them its images endpoint serves, and their prices."""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime

from bot.cometapi.json_text import LIST_MEMBERS, TooManyParts, read_json
from bot.core import foreign
from bot.core.catalogue.models import image_model
from bot.core.image import OfferedModel, Price

PER_IMAGE = "image"
PER_MILLION_TOKENS = "million output tokens"

# No chat platform's menu takes a longer name.
_LONGEST_NAME = 100
# The path of the images endpoint, and the name that gateways of this kind have for it.
_ENDPOINTS = ("/images/generations", "image-generation")
# The page that documents models of this endpoint: https://apidoc.cometapi.com/api/image/openai/image-generation
_DOCUMENTED = "image/openai"

_Record = Mapping[str, object]


def read_offers(body: bytes) -> Sequence[OfferedModel] | None:
    """Read the answer of `GET /api/models`, or of `/v1/models`. None if it isn't such a list. Odd records are left out.

    What a record says of its endpoints counts more than the built-in table. A list that names the images endpoint
    nowhere says nothing of it: then the models that the table has are offered.
    """
    try:
        payload = read_json(body, members=LIST_MEMBERS)
    except TooManyParts:
        return None
    records = payload.get("data") if isinstance(payload, dict) else None
    if not isinstance(records, list):
        return None
    named: dict[str, _Record] = {}
    for record in records:
        name = _name(record.get("id")) if isinstance(record, dict) else ""
        if name and record.get("upcoming") is not True:
            named.setdefault(name, record)
    silent = not any(_says_images(record) for record in named.values())
    return tuple(_offer(name, record, silent=silent) for name, record in named.items())


def _name(value: object) -> str:
    """Return a model's name; empty if it is useless because it can't be shown, typed or offered in a menu."""
    return foreign.exact(value, _LONGEST_NAME)


def _offer(name: str, record: _Record, *, silent: bool) -> OfferedModel:
    said = tuple(_texts(_endpoints(record)))
    unsaid = not said or (silent and not any("/" in text for text in said))
    return OfferedModel(
        name=name,
        price=_price(record.get("pricing")),
        makes_images=_says_images(record) or (unsaid and image_model(name).known),
        shut_down_on=_date(record.get("shutdown_date")),
    )


def _says_images(record: _Record) -> bool:
    """Return whether a record says that the images endpoint serves its model: by its endpoints, or by its manual."""
    if any(endpoint in text.lower() for text in _texts(_endpoints(record)) for endpoint in _ENDPOINTS):
        return True
    manual = str(record.get("api_doc_url") or "").partition(_DOCUMENTED)
    return record.get("model_type") == "image" and bool(manual[1]) and "edit" not in manual[2]


def _endpoints(record: _Record) -> object:
    """Return the endpoints, which may come as JSON text."""
    endpoints = record.get("endpoints") or record.get("supported_endpoint_types")
    if isinstance(endpoints, str) and endpoints.lstrip().startswith(("{", "[")):
        return read_json(endpoints.encode())
    return endpoints


def _texts(endpoints: object) -> Iterator[str]:
    """Yield the paths in a description of endpoints, or their names where it has no paths."""
    match endpoints:
        case str():
            yield endpoints
        case {"path": str(path)}:
            yield path
        case dict():
            for name, described in endpoints.items():
                inner = tuple(_texts(described))
                yield from inner if any("/" in text for text in inner) else (str(name), *inner)
        case list():
            for each in endpoints:
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


def _date(value: object) -> date | None:
    """Read the day on which a model is shut down: a date, or seconds since 1970."""
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC).date()
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None
