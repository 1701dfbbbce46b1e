"""A Slack that tests talk to: Web API, file store, response URLs, Socket Mode and HTTP delivery, and people who act."""

import json
import re
import time
from email.utils import formatdate
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.fakes import slack_payloads as payloads
from tests.fakes.interrupts import Interrupts
from tests.fakes.slack_api import NEEDS, Api, Refused
from tests.fakes.slack_delivery import Delivery, Signer, post_signed
from tests.fakes.slack_faults import DOCUMENTED, UNDOCUMENTED, Fault, Faults, answer_of, cut
from tests.fakes.slack_sockets import SocketMode
from tests.fakes.slack_tiers import Tiers
from tests.fakes.slack_triggers import Triggers
from tests.fakes.slack_world import BOT, TEAM, Channel, Message, Person, View, World

__all__ = ["APP_TOKEN", "BOT", "BOT_TOKEN", "SIGNING_SECRET", "TEAM", "FakeSlack", "Fault", "Message", "View"]

Json = dict[str, Any]

BOT_TOKEN, APP_TOKEN, SIGNING_SECRET = "xoxb-test", "xapp-test", "0123456789abcdef"
SCOPES = [
    *("commands", "chat:write", "files:write", "files:read", "im:write", "users:read"),
    *("app_mentions:read", "im:history", "channels:join"),
]


class FakeSlack:
    """`async with FakeSlack() as slack:` serves the Web API at `slack.api_url`.

    With `bot_url` set, interactions are posted there, signed; without, they go over Socket Mode.
    """

    def __init__(self) -> None:
        self.world, self.faults, self.socket_mode = World(), Faults(), SocketMode()
        self.triggers, self.interrupts = Triggers(self.world), Interrupts()
        self.tiers: Tiers | None = None
        """How many calls it takes; None: as many as there are."""
        self.scopes = list(SCOPES)
        self.events = ["app_mention", "message.im"]
        """The events that the app is subscribed to."""
        self.names_scopes = True
        """Whether answers have the header that names the scopes: some proxies leave it out."""
        self.ahead = 0.0
        """By how many seconds Slack's clock is ahead of the machine's."""
        self.bot_token, self.app_token = BOT_TOKEN, APP_TOKEN
        """The tokens that it takes."""
        self.token_refused = ""
        """Slack's word for why the bot's token is good for nothing now."""
        self.api = Api(self.world, self.triggers, url=lambda: self.url, scopes=self.scopes)
        self.calls: list[tuple[str, Json]] = []
        """Every call of the Web API with its arguments, in the order of their arrival."""
        self.deliveries: list[Delivery] = []
        self._before_invitation: list[Message] = []
        self.signer = Signer(secret=SIGNING_SECRET)
        self.bot_url = ""
        self.url = ""
        self._runner: web.AppRunner | None = None

    @property
    def api_url(self) -> str:
        """What SLACK_API_URL is to be."""
        return f"{self.url}/api/"

    def called(self, method: str) -> list[Json]:
        """Return the arguments of all calls of a method."""
        return [arguments for name, arguments in self.calls if name == method]

    def fail(self, method: str, *, times: int = 1, **fault: Any) -> None:
        """Let the next calls of a method go wrong; `upload` is the file store, `response_url` the response URLs.

        An `error` must be one that Slack documents for the method, or the one that it documents for no method.
        """
        if (error := fault.get("error")) and error not in {UNDOCUMENTED, *DOCUMENTED.get(method, (error,))}:
            raise ValueError(f"{method} has no error {error}")
        if error == "missing_scope":
            fault["more"] = {"needed": NEEDS[method], "provided": "commands"}
        self.faults.add(method, Fault(**fault), times)

    # People act

    async def command(
        self, command: str, text: str = "", *, user: str = "ada", channel: str = "design", raw: str | None = None
    ) -> Delivery:
        """Type a slash command. `raw` is sent as it is, where Slack would have escaped `text`."""
        person, place = self.world.person(user), self.world.channel(channel)
        payload = payloads.slash_command(
            command,
            payloads.escaped(text, self.world) if raw is None else raw,
            person=person,
            channel=place,
            trigger=self.triggers.trigger(person.id),
            hook=self._hook(place.id, person.id),
        )
        return await self.deliver(payload)

    async def mention(
        self, text: str, *, user: str = "ada", channel: str = "design", thread: Message | None = None
    ) -> Delivery:
        """Write a message in which `@imagine` mentions the bot, and tell the app of it."""
        place = self.world.channel(channel)
        raw = re.sub(r"<@(\w+)[|]\w+>", r"<@\1>", payloads.escaped(text, self.world))  # events never have the label
        said = self.world.say(
            place.id,
            raw.replace("@imagine", f"<@{BOT}>"),
            user=self.world.person(user).id,
            thread=thread.ts if thread else "",
        )
        if BOT not in place.members:  # Slack asks the writer whether to invite it, and says nothing before
            self._before_invitation.append(said)
            return Delivery(payload={})
        return await self.tell(said, "app_mention")

    async def invite(self, channel: str) -> None:
        """Invite the bot, and tell it of the messages that mentioned it before."""
        place = self.world.channel(channel)
        place.members.add(BOT)
        waiting = [said for said in self._before_invitation if said.channel == place.id]
        self._before_invitation = [said for said in self._before_invitation if said not in waiting]
        for said in waiting:
            await self.tell(said, "app_mention")

    async def say(self, text: str, *, user: str = "ada", thread: Message | None = None) -> Delivery:
        """Write to the bot directly, and tell the app of it."""
        person = self.world.person(user)
        direct = self.world.direct(person.id)
        raw = payloads.escaped(text, self.world)
        said = self.world.say(direct.id, raw, user=person.id, thread=thread.ts if thread else "")
        return await self.tell(said, "message")

    async def tell(self, said: Message, kind: str, *, retry: int = 0, **more: Any) -> Delivery:
        """Send the event about a message; `more` is what is different about it."""
        return await self.deliver(self.told_of(said, kind, **more), retry=retry)

    def told_of(self, said: Message, kind: str, **more: Any) -> Json:
        """Return the event about a message, for deliveries of it that go wrong."""
        person, place = self.world.people[said.author], self.world.channels[said.channel]
        payload = payloads.event(said, person=person, channel=place, number=self.world.number(), kind=kind)
        payload["event"] |= more
        return payload

    async def again(self, delivery: Delivery, retry: int) -> Delivery:
        """Send an event again, as Slack does three times while it isn't acknowledged."""
        return await self.deliver(delivery.payload, retry=retry)

    async def press(self, message: Message, label: str, *, user: str = "ada", job: str = "") -> Delivery:
        """Press the first button of a message that is labelled so; with `job` the one in a list that is about it."""
        return await self.deliver(self.pressed(message, label, user=user, job=job))

    def pressed(self, message: Message, label: str, *, user: str = "ada", job: str = "") -> Json:
        """Return the payload of a press, for deliveries of it that go wrong."""
        person, place = self.world.person(user), self.world.channels[message.channel]
        buttons = [element for block in message.blocks for element in block.get("elements", [])]
        buttons = [each for each in buttons if each["type"] in {"button", "icon_button"}]
        buttons = [each for each in buttons if person.id in each.get("visible_to_user_ids", [person.id])]
        labelled = (each for each in buttons if each["text"]["text"] == label)
        button = next(each for each in labelled if job in {"", each["value"]})
        return payloads.button_press(
            message,
            button,
            person=person,
            channel=place,
            trigger=self.triggers.trigger(person.id),
            hook=self._hook(place.id, person.id, message),
        )

    async def message_shortcut(self, message: Message, name: str, *, user: str = "ada") -> Delivery:
        """Choose one of the app's entries in a message's menu."""
        person, place = self.world.person(user), self.world.channels[message.channel]
        hook = self._hook(place.id, person.id, message)
        trigger = self.triggers.trigger(person.id)
        chosen = payloads.message_action(message, name, person=person, channel=place, trigger=trigger, hook=hook)
        return await self.deliver(chosen)

    async def submit(self, view: View, values: dict[str, str], *, user: str = "ada") -> Delivery:
        """Fill a modal in and send it. Values go by block id; what is left out stays as it is."""
        view.filled |= values
        person = self.world.person(user)
        trigger = self.triggers.trigger(person.id)
        return await self.deliver(payloads.view_submission(view, person=person, trigger=trigger), view=view)

    async def choose(self, view: View, block_id: str, value: str, *, user: str = "ada") -> Delivery:
        """Choose in a control that tells the app at once."""
        view.filled[block_id] = value
        person = self.world.person(user)
        trigger = self.triggers.trigger(person.id)
        return await self.deliver(payloads.view_choice(view, block_id, person=person, trigger=trigger))

    async def press_in(self, view: View, action_id: str, *, user: str = "ada") -> Delivery:
        """Press a button of a modal."""
        person = self.world.person(user)
        trigger = self.triggers.trigger(person.id)
        return await self.deliver(payloads.view_press(view, action_id, person=person, trigger=trigger))

    async def shortcut(self, callback_id: str, *, user: str = "ada") -> Delivery:
        """Choose a global shortcut, from any place in Slack."""
        person = self.world.person(user)
        trigger = self.triggers.trigger(person.id)
        return await self.deliver(payloads.global_shortcut(callback_id, person=person, trigger=trigger))

    async def deliver(self, payload: Json, *, view: View | None = None, retry: int | None = None) -> Delivery:
        """Deliver to the bot, and show what its acknowledgement says. A lost one is shown as Slack shows it."""
        needed, name = _subscription(payload)
        if needed and not (needed in self.scopes and name in self.events):
            return Delivery(payload=payload)  # Slack says nothing, and nobody is told
        if self.bot_url:
            url = f"{self.bot_url}/slack/events"
            delivery = await post_signed(url, payload, self.signer, ahead=self.ahead, retry=retry)
        else:
            kind = "slash_commands" if "command" in payload else "interactive"
            kind = "events_api" if "event" in payload else kind
            delivery = await self.socket_mode.deliver(kind, payload, retry=retry)
        self.deliveries.append(delivery)
        if "command" in payload:
            self._show_answer(delivery)
        elif view is not None and delivery.acknowledged:
            answer = delivery.answer or {}
            action = answer.get("response_action")
            view.errors = answer.get("errors", {}) if action == "errors" else {}
            view.closed = action not in {"errors", "update"}
            if action == "update":
                self.api.change(view, answer["view"])
        return delivery

    def _show_answer(self, delivery: Delivery) -> None:
        payload, answer = delivery.payload, delivery.answer
        if not delivery.acknowledged:
            answer = {"text": f"{payload['command']} failed with the error “operation_timeout”"}
        if answer:
            name = payload["response_url"].rpartition("/")[2]
            status, said = self.triggers.respond(name, {**answer, "replace_original": False})
            assert status == 200, said
            self.triggers.hooks[name].uses -= 1

    def _hook(self, channel: str, user: str, message: Message | None = None) -> str:
        return f"{self.url}/hooks/{self.triggers.hook(channel, user, message)}"

    # People see

    def seen(self, user: str = "ada") -> list[Message]:
        """Return what a person sees now, oldest first."""
        return list(self.world.seen_by(self.world.person(user).id))

    def open_views(self, user: str = "ada") -> list[View]:
        """Return the modals that are open for a person."""
        mine = self.world.person(user).id
        return [view for view in self.world.views if view.user == mine and not view.closed]

    def channel(self, name: str, *, kind: str = "public", bot: bool = True) -> Channel:
        return self.world.channel(name, kind=kind, bot=bot)

    def person(self, name: str) -> Person:
        return self.world.person(name)

    # The server

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[self.interrupts.middleware()])
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_post("/upload/v1/{file}", self._upload)
        app.router.add_post("/hooks/{hook}", self._respond)
        app.router.add_get("/link/", self.socket_mode.serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket_mode.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method, arguments = request.match_info["method"], await _arguments(request)
        self.calls.append((method, arguments))
        fault = self.faults.take(method, lambda: self._subject(json.dumps(arguments)))
        if fault and (answer := await answer_of(fault, request)):
            return answer
        if self.tiers and (wait := self.tiers.wait(method, arguments)):
            limited = {"ok": False, "error": "ratelimited"}
            return web.json_response(limited, status=429, headers={"Retry-After": str(wait)})
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token != (self.app_token if method == "apps.connections.open" else self.bot_token):
            return web.json_response({"ok": False, "error": "invalid_auth"})
        if method == "apps.connections.open":
            return web.json_response(self.socket_mode.ticket(self.url))
        if self.token_refused:
            return web.json_response({"ok": False, "error": self.token_refused})
        try:
            body = self.api.call(method, arguments)
        except Refused as refused:
            body = refused.body
        if fault and fault.answered:
            await fault.answered()
        if fault and fault.lost:
            return cut(request)
        if fault and fault.garbled is not None:
            return web.Response(text=fault.garbled, content_type=fault.answered_as)
        named = {"x-oauth-scopes": ",".join(self.scopes)} if self.names_scopes else {}
        date = formatdate(time.time() + self.ahead, usegmt=True)
        return web.json_response(body, headers={**named, "Date": date})

    def _subject(self, said: str) -> str:
        return " ".join([said, *(file.alt for file in self.world.files.values() if file.id in said)])

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        data = await request.read()
        fault = self.faults.take("upload", lambda: self._subject(request.match_info["file"]))
        if fault and (answer := await answer_of(fault, request)):
            return answer
        file = self.world.files.get(request.match_info["file"])
        if file is None or len(data) != file.length:
            return web.Response(status=400, text="bad length")
        file.data = data
        return web.Response(text=f"OK - {len(data)}")

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        fault = self.faults.take("response_url")
        if fault and (answer := await answer_of(fault, request)):
            return answer
        status, said = self.triggers.respond(request.match_info["hook"], body)
        if isinstance(said, str):
            return web.Response(status=status, text=said)
        return web.json_response(said, status=status)


def _subscription(payload: Json) -> tuple[str, str]:
    """Return the scope that an event needs, and the name under which it is subscribed to; nothing for the rest."""
    return payloads.SUBSCRIPTIONS.get(str(payload.get("event", {}).get("type")), ("", ""))


async def _arguments(request: web.Request) -> Json:
    arguments: Json = dict(request.query)
    if request.content_type == "application/json":
        arguments |= json.loads(await request.text() or "{}")
    else:
        arguments |= {name: str(value) for name, value in (await request.post()).items()}
    return arguments
