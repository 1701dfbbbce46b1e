"""Request bodies, and some answers, against Discord's own description of its API (specs/README.md says where from)."""

import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

_DESCRIPTION = Path(__file__).parent / "specs" / "discord-requests.json"


def complaint(operation: str, body: object, of: str = "bodies") -> str | None:
    """Return what is wrong with a body, or None. `operation` is such as `POST /users/@me/channels`.

    With `of="answers"` it is the answer's.
    """
    return _complaint(operation, json.dumps(body, sort_keys=True), of)


# A check takes longer than the bot does to write the body, and a crowd that types at once is offered the same.
@lru_cache(maxsize=32)
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


@cache
def _validator(operation: str, of: str) -> Draft202012Validator:
    method, path = operation.split(" ", 1)
    description = _description()
    schema = {**description[of][f"{method.lower()} {path}"], "components": description["components"]}
    return Draft202012Validator(schema)
