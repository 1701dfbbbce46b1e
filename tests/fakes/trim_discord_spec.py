"""Trim Discord's OpenAPI description to the bodies that the fake server checks: of requests, and of some answers.

    python tests/fakes/trim_discord_spec.py openapi.json > tests/fakes/specs/discord-requests.json

`openapi.json` is `specs/openapi.json` of https://github.com/discord/discord-api-spec (MIT, see specs/README.md).
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OPERATIONS = (
    ("put", "/applications/{application_id}/commands"),
    ("post", "/interactions/{interaction_id}/{interaction_token}/callback"),
    ("post", "/webhooks/{webhook_id}/{webhook_token}"),
    ("patch", "/webhooks/{webhook_id}/{webhook_token}/messages/@original"),
    ("patch", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"),
    ("post", "/channels/{channel_id}/messages"),
    ("patch", "/channels/{channel_id}/messages/{message_id}"),
    ("post", "/users/@me/channels"),
)
ANSWERS = (
    ("get", "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}/permissions"),
    ("get", "/gateway/bot"),
    ("get", "/guilds/{guild_id}/members/{user_id}"),
)


def trim(description: dict[str, Any]) -> dict[str, Any]:
    """Keep the JSON request bodies of `OPERATIONS`, the answers of `ANSWERS`, and the schemas that they lead to."""
    of = description["paths"]
    bodies = {f"{method} {path}": _schema(of[path][method]["requestBody"]) for method, path in OPERATIONS}
    answers = {f"{method} {path}": _schema(of[path][method]["responses"]["200"]) for method, path in ANSWERS}
    schemas: dict[str, Any] = {}
    waiting = list(_named([bodies, answers]))
    while waiting:
        name = waiting.pop()
        if name not in schemas:
            schemas[name] = _bare(description["components"]["schemas"][name])
            waiting += _named(schemas[name])
    return {
        "info": {key: description["info"][key] for key in ("title", "version", "license")},
        "bodies": _bare(bodies),
        "answers": _bare(answers),
        "components": {"schemas": dict(sorted(schemas.items()))},
    }


def _schema(body: dict[str, Any]) -> Any:
    return body["content"]["application/json"]["schema"]


def _bare(schema: Any) -> Any:
    """Leave prose out: descriptions and titles weigh as much as the rules."""
    if isinstance(schema, list):
        return [_bare(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    prose = ("description", "title")
    return {key: _bare(value) for key, value in schema.items() if key not in prose or not isinstance(value, str)}


def _named(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference.removeprefix("#/components/schemas/")
        for value in schema.values():
            yield from _named(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _named(item)


if __name__ == "__main__":
    json.dump(trim(json.loads(Path(sys.argv[1]).read_text())), sys.stdout, separators=(",", ":"), sort_keys=True)
    sys.stdout.write("\n")
