"""Request bodies, and some answers, against Discord's own description of its API (specs/README.md says where from)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import extend

_DESCRIPTION = Path(__file__).parent / "specs" / "discord-requests.json"


def complaint(operation: str, body: object, of: str = "bodies") -> str | None:
    """Return what is wrong with a body, or None. `operation` is such as `POST /users/@me/channels`.

    With `of="answers"` it is the answer's.
    """
    return _complaint(operation, json.dumps(body, sort_keys=True), of)


# A check takes longer than the bot does to write the body, and a crowd that types at once is offered the same.
@lru_cache(maxsize=1024)
def _complaint(operation: str, body: str, of: str) -> str | None:
    error = best_match(_validator(operation, of).iter_errors(json.loads(body)))
    if error is None:
        return None
    path = ".".join(str(step) for step in error.absolute_path)
    return f"{operation}: {path or 'body'}: {error.message[:500]}"


@cache
def _description() -> dict[str, Any]:
    description: dict[str, Any] = json.loads(_DESCRIPTION.read_text())
    # The description calls ids strings; Discord takes numbers just as well, and its own examples number files so.
    # https://docs.discord.com/developers/reference#uploading-files
    schemas = description["components"]["schemas"]
    schemas["SnowflakeType"] = {"anyOf": [schemas["SnowflakeType"], {"type": "integer", "minimum": 0}]}
    return description


def _one_of(
    validator: Any, alternatives: Sequence[Any], instance: object, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Check only those alternatives that can be meant: to find that a button isn't a menu takes longest."""
    if all(set(each) == {"const"} for each in alternatives):
        constants = [each["const"] for each in alternatives]
        yield from Draft202012Validator.VALIDATORS["enum"](validator, constants, instance, schema)
        return
    meant = [each for each in alternatives if _may_be(each, instance)]
    yield from Draft202012Validator.VALIDATORS["oneOf"](validator, meant or alternatives, instance, schema)


def _may_be(alternative: Mapping[str, Any], instance: object) -> bool:
    """Return whether the instance's `type`, if it has one, is one of those of an alternative that names them."""
    if not isinstance(instance, dict) or "type" not in instance or "$ref" not in alternative:
        return True
    named = _description()["components"]["schemas"][alternative["$ref"].rpartition("/")[2]]
    types = named.get("properties", {}).get("type", {}).get("enum")
    return types is None or instance["type"] in types


_Validator = extend(Draft202012Validator, {"oneOf": _one_of})  # type: ignore[no-untyped-call]  # it has no types


@cache
def _validator(operation: str, of: str) -> Any:
    method, path = operation.split(" ", 1)
    description = _description()
    schema = {**description[of][f"{method.lower()} {path}"], "components": description["components"]}
    return _Validator(schema)
