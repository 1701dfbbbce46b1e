"""Things that expire: trigger ids (3 seconds, once) and response URLs (30 minutes, five times)."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.slack_blocks import message_errors
from tests.fakes.slack_world import Message, World

Json = dict[str, Any]

TRIGGER_SECONDS, HOOK_SECONDS, HOOK_USES = 3.0, 1800.0, 5


@dataclass(kw_only=True)
class _Trigger:
    user: str
    made: float
    spent: bool = False


@dataclass(kw_only=True)
class Hook:
    """A response URL: the place and the user that it answers, and the message whose button it came with."""

    channel: str
    user: str
    made: float
    message: Message | None = None
    uses: int = 0
    received: list[Json] = field(default_factory=list)


class Triggers:
    """Makes and spends them. `skew` lets time pass."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._triggers: dict[str, _Trigger] = {}
        self.hooks: dict[str, Hook] = {}
        self.skew = 0.0

    def now(self) -> float:
        return time.monotonic() + self.skew

    def trigger(self, user: str) -> str:
        name = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._triggers[name] = _Trigger(user=user, made=self.now())
        return name

    def spend(self, name: str) -> tuple[str, str]:
        """Return the user a trigger belongs to, or the error that it is refused with."""
        trigger = self._triggers.get(name)
        if trigger is None:
            return "", "invalid_trigger_id"
        if self.now() - trigger.made > TRIGGER_SECONDS:
            return "", "expired_trigger_id"
        if trigger.spent:
            return "", "exchanged_trigger_id"
        trigger.spent = True
        return trigger.user, ""

    def hook(self, channel: str, user: str, message: Message | None = None) -> str:
        name = secrets.token_hex(12)
        self.hooks[name] = Hook(channel=channel, user=user, made=self.now(), message=message)
        return name

    def respond(self, name: str, body: Json) -> tuple[int, Json | str]:
        """Take what is posted to a response URL, and return status and body."""
        hook = self.hooks.get(name)
        if hook is None or self.now() - hook.made > HOOK_SECONDS:
            return 404, {"ok": False, "error": "expired_url"}
        if hook.uses >= HOOK_USES:
            return 404, {"ok": False, "error": "used_url"}
        replacing = bool(body.get("replace_original")) and hook.message is not None
        ephemeral = body.get("response_type", "ephemeral") == "ephemeral"
        if errors := message_errors(body.get("blocks", []), self._world, ephemeral=ephemeral):
            return 404, {"ok": False, "error": "invalid_blocks", "messages": errors}
        hook.uses += 1
        hook.received.append(body)
        if body.get("delete_original") and hook.message in self._world.messages:
            self._world.messages.remove(hook.message)
        elif replacing and hook.message is not None:
            hook.message.text, hook.message.blocks = body.get("text", ""), body.get("blocks", [])
        else:
            to = hook.user if ephemeral else None
            text, blocks = body.get("text", ""), body.get("blocks", [])
            self._world.post(hook.channel, text=text, blocks=blocks, asked=body, to=to)
        return 200, "ok"
