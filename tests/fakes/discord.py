"""A local server that speaks Discord's REST API and gateway, and the people who use it.

    async with FakeDiscord() as discord:
        … start the bot with discord.token, discord.api_url, discord.gateway_url …
        await discord.command("imagine", {"prompt": "a paper boat"}, person="ada")
        discord.world.visible(discord.world.person("ada"))

A request that Discord's own description of its API forbids is refused as Discord would, and fails the test at the end.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.fakes import discord_payloads as payloads
from tests.fakes.discord_faults import Fault
from tests.fakes.discord_gateway import Gateway
from tests.fakes.discord_rest import MAX_REQUEST, Rest
from tests.fakes.discord_world import CHANNEL, Interaction, Message, World
from tests.fakes.interrupts import Interrupts


class FakeDiscord:
    """The server. `world` is its state, `rest` and `gateway` are its two sides."""

    def __init__(self, *, token: str = "discord-token-of-the-fake") -> None:
        self.token = token
        self.world, self.interrupts = World(), Interrupts()
        self.changed = asyncio.Condition()
        self.alter: Callable[[dict[str, Any]], dict[str, Any]] = lambda payload: payload
        """Changes each interaction's payload on its way to the bot."""
        self.gateway = Gateway(self.world, token=token)
        self.rest = Rest(self.world, token=token, changed=self._notify)
        self.rest.start_limit = self.gateway.start_limit
        self._runner: web.AppRunner | None = None
        self._notices: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self.interrupts.middleware()], client_max_size=2 * MAX_REQUEST)
        app.add_subapp("/api/v10", self.rest.application())
        app.router.add_get("/", self.gateway.handle)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.api_url = f"http://127.0.0.1:{port}/api/v10"
        self.gateway.url = self.gateway_url = f"ws://127.0.0.1:{port}/"
        self.rest.gateway_url = self.gateway_url
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.gateway.close()
        runner, self._runner = self._runner, None
        if runner:
            await runner.cleanup()
        if error is None:
            assert not self.rest.complaints, self.rest.complaints

    def fail(self, fault: Fault) -> None:
        """Let something go wrong with a coming request."""
        self.rest.faults.add(fault)

    async def reset_token(self) -> None:
        """Give the bot another token, as its owner does in the Developer Portal. It isn't told."""
        self.token = self.rest.token = "another-token-of-the-fake"
        await self.gateway.reset_token(self.token)

    async def command(
        self,
        name: str,
        options: dict[str, str | int] | None = None,
        *,
        person: str = "ada",
        channel: str = CHANNEL,
        age: float = 0,
        faults: Sequence[Fault] = (),
    ) -> Interaction:
        """Let a person send a slash command, as registered; `age` makes its id look older, in seconds.

        `faults` befall the requests that carry this interaction's token.
        """
        registered = next(command for command in self.world.commands if command["name"] == name)
        kinds = {option["name"]: option["type"] for option in registered.get("options", ())}
        given = [{"name": key, "type": kinds[key], "value": value} for key, value in (options or {}).items()]
        data = {"id": registered["id"], "name": name, "type": 1, **({"options": given} if given else {})}
        sent = self.world.interact(kind=2, person=self.world.person(person), channel=channel, data=data, age=age)
        for fault in faults:
            self.fail(replace(fault, about=sent.token))
        return await self.send(sent)

    async def complete(
        self, option: str, typed: str, options: dict[str, str] | None = None, *, person: str = "ada"
    ) -> list[str]:
        """Let a person type an option's value, and give the values that they are offered."""
        return list(await self.offered(option, typed, options, person=person))

    async def offered(
        self,
        option: str,
        typed: str,
        options: dict[str, str] | None = None,
        *,
        person: str = "ada",
        command: str = "imagine",
    ) -> dict[str, str]:
        """Let a person type an option's value, and give the values that they are offered, with how each is shown."""
        answer = await self.answered(await self.type(option, typed, options, person=person, command=command))
        return {choice["value"]: choice["name"] for choice in answer["data"]["choices"]}

    async def type(
        self,
        option: str,
        typed: str,
        options: dict[str, str] | None = None,
        *,
        person: str = "ada",
        command: str = "imagine",
    ) -> Interaction:
        """Let a person type an option's value, and wait for nothing."""
        given: list[dict[str, Any]] = [
            {"name": key, "type": 3, "value": value} for key, value in (options or {}).items()
        ]
        given.append({"name": option, "type": 3, "value": typed, "focused": True})
        data = {"id": "1", "name": command, "type": 1, "options": given}
        asked = self.world.interact(kind=4, person=self.world.person(person), channel=CHANNEL, data=data)
        return await self.send(asked)

    async def press(
        self, message: Message, label: str, *, person: str = "ada", rights: int = 0, job: str = ""
    ) -> Interaction:
        """Let a person press a button of a message that they see; with `job` the one in a list that is about it.

        `rights` are what they may do there in addition to what every member may.
        """
        return await self.send(self.pressed(message, label, person=person, job=job), rights=rights)

    def pressed(self, message: Message, label: str, *, person: str = "ada", job: str = "") -> Interaction:
        """Return a press that is not sent yet: on its way, the message may change."""
        who = self.world.person(person)
        assert message in self.world.visible(who), f"{person} does not see the message"
        button = next(button for button in message.buttons() if _is(button, label, job))
        data = {"custom_id": button["custom_id"], "component_type": 2, "id": 1}
        return self.world.interact(kind=3, person=who, channel=message.channel, data=data, pressed=message.id)

    async def submit(self, opened: Interaction, text: str) -> Interaction:
        """Send the form that answered `opened`, with `text` in its one field."""
        answer = await self.answered(opened)
        assert answer["type"] == 9, answer
        label = answer["data"]["components"][0]
        field = {**label["component"], "value": text}
        sent = {
            "type": label["type"],
            "id": 1,
            "component": {key: field[key] for key in ("type", "custom_id", "value")},
        }
        data = {"custom_id": answer["data"]["custom_id"], "components": [sent]}
        return await self.send(
            self.world.interact(kind=5, person=opened.user, channel=opened.channel, data=data, pressed=opened.pressed)
        )

    async def confirm(self, opened: Interaction, *, keep: bool = False, rights: int = 0) -> Interaction:
        """Send the form that answered `opened` and asks whether something is meant, with its one box ticked or not."""
        answer = await self.answered(opened)
        assert answer["type"] == 9, answer
        fields: list[dict[str, Any]] = []
        for shown in answer["data"]["components"]:
            box = shown.get("component")
            given = {"type": box["type"], "id": 3, "custom_id": box["custom_id"], "value": keep} if box else None
            fields.append({"type": shown["type"], "id": 2, **({"component": given} if given else {})})
        data = {"custom_id": answer["data"]["custom_id"], "components": fields}
        sent = self.world.interact(
            kind=5, person=opened.user, channel=opened.channel, data=data, pressed=opened.pressed
        )
        return await self.send(sent, rights=rights)

    async def forge(self, job: str, text: str, *, person: str, message: Message) -> Interaction:
        """Send the form for another prompt of a job without having opened it."""
        field = {"type": 4, "custom_id": "prompt", "value": text}
        data = {"custom_id": f"form:{job}", "components": [{"type": 18, "id": 1, "component": field}]}
        who = self.world.person(person)
        return await self.send(
            self.world.interact(kind=5, person=who, channel=message.channel, data=data, pressed=message.id)
        )

    async def answered(self, interaction: Interaction, seconds: float = 30) -> dict[str, Any]:
        """Wait for the answer to an interaction."""
        await self.until(lambda: interaction.response is not None, seconds)
        assert interaction.response is not None
        return interaction.response

    async def until(self, condition: Any, seconds: float = 60) -> None:
        """Wait until `condition()` holds; it is looked at after each change."""
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(condition)

    async def send(self, interaction: Interaction, *, rights: int = 0) -> Interaction:
        """Bring what a person did to the bot, which has to answer from now on: until then, the test held it back."""
        interaction.sent = time.monotonic()
        payload = payloads.interaction(interaction, self.world, rights=rights)
        await self.gateway.dispatch("INTERACTION_CREATE", self.alter(payload))
        return interaction

    def _notify(self) -> None:
        if self._runner is None:  # of a request that is cut off at the end, which nobody waits for
            return

        async def notify() -> None:
            async with self.changed:
                self.changed.notify_all()

        task = asyncio.ensure_future(notify())
        self._notices.add(task)
        task.add_done_callback(self._notices.discard)


def _is(button: dict[str, Any], label: str, job: str) -> bool:
    shown: str = button["label"]
    if not job:
        return shown == label
    return shown.endswith(label) and button["custom_id"].endswith(f":{job}")  # labels in a list are numbered
