"""What Slack sends for the things people do: https://docs.slack.dev/interactivity."""

import re
import time
from typing import Any

from tests.fakes.slack_world import APP, BOT, TEAM, Channel, Message, Person, View, World

Json = dict[str, Any]

_MENTION = re.compile(r"@(\w+)|#(\w+)|(https?://[^\s<>|]+)")

# In a form they stay what they are.
_EMOJI = {"🦊": ":fox_face:", "❄️": ":snowflake:", "👋🏽": ":wave::skin-tone-4:"}


def escaped(text: str, world: World) -> str:
    """Escape what a person typed, as "Escape channels, users, and links" does; Slack names emoji in any case."""
    for emoji, name in _EMOJI.items():
        text = text.replace(emoji, name)
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    people = {person.name: person.id for person in world.people.values()}
    channels = {channel.name: channel.id for channel in world.channels.values()}

    def linked(match: re.Match[str]) -> str:
        person, channel, url = match.groups()
        if person in people:
            return f"<@{people[person]}|{person}>"
        if channel in channels:
            return f"<#{channels[channel]}|{channel}>"
        return f"<{url}>" if url else match[0]

    return _MENTION.sub(linked, safe)


def slash_command(command: str, text: str, *, person: Person, channel: Channel, trigger: str, hook: str) -> Json:
    return {
        "token": "verification",
        "team_id": person.team,
        "team_domain": "work",
        **({"enterprise_id": person.enterprise, "enterprise_name": "Org"} if person.enterprise else {}),
        "channel_id": channel.id,
        "channel_name": channel.told_as,
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": str(person.through_org).lower(),
        "response_url": hook,
        "trigger_id": trigger,
    }


def _interaction(kind: str, person: Person, trigger: str) -> Json:
    return {
        "type": kind,
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team},
        "api_app_id": APP,
        "token": "verification",
        # https://docs.slack.dev/enterprise/developing-for-enterprise-orgs: null for an app of a whole organisation.
        "team": None if person.through_org else {"id": person.team, "domain": "work"},
        "enterprise": {"id": person.enterprise, "name": "Org"} if person.enterprise else None,
        "is_enterprise_install": person.through_org,
        "trigger_id": trigger,
    }


def button_press(message: Message, button: Json, *, person: Person, channel: Channel, trigger: str, hook: str) -> Json:
    ephemeral = message.ephemeral_to is not None
    threaded = {"thread_ts": message.thread} if message.thread else {}
    container = {"type": "message", "message_ts": message.ts, "channel_id": channel.id, "is_ephemeral": ephemeral}
    container |= threaded
    payload = _interaction("block_actions", person, trigger) | {
        "container": container,
        "channel": {"id": channel.id, "name": channel.told_as},
        "response_url": hook,
        "actions": [{**button, "block_id": "b0", "action_ts": f"{time.time():.6f}"}],
        "state": {"values": {}},
    }
    if not ephemeral:
        # Slack adds what it found out about images; such blocks are refused when they are sent back.
        shown = [{**block, "image_bytes": 1} if block["type"] == "image" else block for block in message.blocks]
        payload["message"] = {"type": "message", "ts": message.ts, "text": message.text, "blocks": shown}
        # One that others have answered is in its own thread.
        payload["message"] |= threaded or ({"thread_ts": message.ts} if message.answered else {})
    return payload


def message_action(message: Message, name: str, *, person: Person, channel: Channel, trigger: str, hook: str) -> Json:
    """https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload"""
    threaded = {"thread_ts": message.thread} if message.thread else {}
    shown = {"type": "message", "ts": message.ts, "user": message.author, "text": message.text}
    return _interaction("message_action", person, trigger) | {
        "callback_id": name,
        "action_ts": f"{time.time():.6f}",
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": channel.told_as},
        "response_url": hook,
        "message": {**shown, "blocks": message.blocks, **threaded},
    }


SUBSCRIPTIONS = {"app_mention": ("app_mentions:read", "app_mention"), "message": ("im:history", "message.im")}
"""What an event needs of the app: a scope, and the name under which it is subscribed to."""


def event(said: Message, *, person: Person, channel: Channel, number: str, kind: str) -> Json:
    """Tell the app what a person said: as `app_mention`, or as a `message` in its direct messages.

    https://docs.slack.dev/reference/events
    """
    direct = {"channel_type": "im"} if kind == "message" else {}
    elsewhere = {"user_team": person.team, "source_team": person.team} if person.team != TEAM else {}
    inner = {
        "type": kind,
        "user": person.id,
        "text": said.text,
        "ts": said.ts,
        "team": person.team,
        "channel": channel.id,
        "event_ts": said.ts,
        "client_msg_id": f"client-{number}",
        **({"thread_ts": said.thread} if said.thread else {}),
        **elsewhere,
        **direct,
    }
    enterprise = person.enterprise or None
    return {
        "token": "verification",
        "team_id": TEAM,
        **({"enterprise_id": enterprise} if enterprise else {}),
        "api_app_id": APP,
        "event": inner,
        "type": "event_callback",
        "event_id": f"Ev{number}",
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": enterprise,
                "team_id": None if person.through_org else TEAM,
                "user_id": BOT,
                "is_bot": True,
                "is_enterprise_install": person.through_org,
            }
        ],
        "is_ext_shared_channel": bool(elsewhere),
    }


def _view(view: View) -> Json:
    values: Json = {}
    for block in view.view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        if element["type"] == "plain_text_input":
            filled = view.filled.get(block["block_id"], element.get("initial_value"))
            state: Json = {"type": "plain_text_input", "value": filled}
        else:
            chosen = view.filled.get(block["block_id"])
            options = [option for option in element["options"] if option["value"] == chosen]
            kept = None if chosen == "" else element.get("initial_option")
            state = {"type": element["type"], "selected_option": options[0] if options else kept}
        values[block["block_id"]] = {element["action_id"]: state}
    ids = {"id": view.id, "hash": view.hash, "team_id": TEAM, "app_installed_team_id": TEAM}
    return {**view.view, **ids, "state": {"values": values}}


def view_submission(view: View, *, person: Person, trigger: str) -> Json:
    return _interaction("view_submission", person, trigger) | {"view": _view(view), "response_urls": []}


def global_shortcut(callback_id: str, *, person: Person, trigger: str) -> Json:
    return _interaction("shortcut", person, trigger) | {"callback_id": callback_id, "action_ts": f"{time.time():.6f}"}


def view_press(view: View, action_id: str, *, person: Person, trigger: str) -> Json:
    """Press a button of a modal."""
    block, button = next(
        (block, element)
        for block in view.view["blocks"]
        for element in block.get("elements", [])
        if element.get("action_id") == action_id
    )
    action = {**button, "block_id": block["block_id"], "action_ts": f"{time.time():.6f}"}
    return _interaction("block_actions", person, trigger) | {
        "container": {"type": "view", "view_id": view.id},
        "view": _view(view),
        "actions": [action],
    }


def view_choice(view: View, block_id: str, *, person: Person, trigger: str) -> Json:
    shown = _view(view)
    action_id, state = next(iter(shown["state"]["values"][block_id].items()))
    action = {**state, "action_id": action_id, "block_id": block_id, "action_ts": f"{time.time():.6f}"}
    container = {"type": "view", "view_id": view.id}
    return _interaction("block_actions", person, trigger) | {
        "container": container,
        "view": shown,
        "actions": [action],
    }
