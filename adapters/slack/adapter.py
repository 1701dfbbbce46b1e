"""The Slack adapter: connect, serve and drain, over Socket Mode or HTTP."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial

from aiohttp import web as http
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.slack import NAME, acknowledgement, forms, refused_token
from adapters.slack.acknowledgement import Listener, kind_of
from adapters.slack.client import SlackClient, connected, sdk_logger, web_client
from adapters.slack.commands import SlackCommands
from adapters.slack.connection import Connections
from adapters.slack.events import RETRIED, Events
from adapters.slack.interaction import Payload
from adapters.slack.listeners import Listeners, listeners
from adapters.slack.manifest import DELETE_SHORTCUT, DRAW_SHORTCUT, EVENTS_PATH
from adapters.slack.messenger import SlackMessenger
from adapters.slack.parse import OUR_BUTTON
from adapters.slack.refusals import translated
from adapters.slack.shortcuts import DELETE_FORM, SHOW_FORM
from adapters.slack.signed import Refused, SignedRequests
from adapters.slack.timings import Timings
from bot.core.chat import Sharing
from bot.core.clock import Clock, SystemClock
from bot.core.dispatch import Bot
from bot.core.errors import DeliveryError
from bot.core.message import Message, message
from bot.core.tasks import Tasks
from bot.core.ways_out import DIRECT, WaysOut

logger = logging.getLogger(__name__)


_DRAIN_SECONDS = 3.0
_CLEAR_UP_SECONDS = 600.0
_ANYTHING = re.compile("")


class SlackAdapter:
    """Connects the bot to Slack: with an app token over Socket Mode, else by `routes` and the signing secret."""

    name = NAME

    def __init__(
        self,
        bot: Bot,
        messenger: SlackMessenger,
        *,
        bot_token: str,
        app_token: str | None = None,
        signing_secret: str | None = None,
        api_url: str = "https://slack.com/api/",
        commands: SlackCommands | None = None,
        restricted: bool = False,
        clock: Clock | None = None,
        timings: Timings | None = None,
        ways_out: WaysOut = DIRECT,
    ) -> None:
        if not app_token and not signing_secret:
            raise ValueError("Slack needs SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)")
        self._bot, self._messenger = bot, messenger
        self._commands, self._clock = commands or SlackCommands(), clock or SystemClock()
        self._restricted, self._timings = restricted, timings or Timings()
        self._bot_token, self._app_token = bot_token, app_token
        self._signed = None if app_token else SignedRequests(signing_secret or "", messenger.messages.clock)
        self._ways_out = ways_out
        self._api_url = api_url if api_url.endswith("/") else f"{api_url}/"
        self._app: AsyncApp | None = None
        self._client: SlackClient | None = None
        self._connections: Connections | None = None
        self._listening, self._asking = Tasks(), Tasks()

    @property
    def unready(self) -> str:
        """Why interactions don't arrive, or can't be answered now."""
        if self._client is not None and self._client.api.token_refused:
            return f"Slack refuses the bot's token ({self._client.api.token_refused})"
        if self._app_token:
            return self._connections.unready if self._connections is not None else "not connected"
        return "" if self._app is not None else "Slack did not say yet who the bot is"

    @property
    def sharing(self) -> Sharing | None:
        """How many connections use the app token, as Slack counted when the latest connection was made."""
        return self._connections.sharing if self._connections is not None else None

    @property
    def presence(self) -> Message | None:
        """The bot's name, and its workspace, once people can use it."""
        if self.unready or self._client is None:
            return None
        return message(
            "Slack: {name} in {team}. Type {command} there.",
            name=self._client.bot_name,
            team=self._client.installed.team or "",
            command=self._commands.typed["imagine"],
        )

    @property
    def routes(self) -> Sequence[http.RouteDef]:
        """The routes that the HTTP server has to serve: none in Socket Mode."""
        if self._signed is None:
            return ()
        return (http.post(EVENTS_PATH, partial(self._from_http, self._signed), expect_handler=self._signed.expect),)

    async def run(self) -> None:
        """Connect, and serve until cancelled; then wait for what is under way.

        Raises TokenRefused; DeliveryError if Slack isn't reached at the start.
        """
        async with connected(
            self._bot_token, self._api_url, self._ways_out, clock=self._messenger.messages.clock
        ) as client:
            app = self._build(client)
            self._messenger.attach(client)
            self._client = client
            looking = Tasks()
            looking.spawn(self._look_again(client), "looking whether Slack takes the token again")
            looking.spawn(self._clear_up(), "deleting uploads that no message shows")
            try:
                await self._serve(app, client)
            finally:
                await looking.drain(0)
                self._client = None
                self._messenger.attach(None)

    async def _look_again(self, client: SlackClient) -> None:
        """Ask now and then while the token is refused: people can be told so meanwhile, as long as the bot is there."""
        while True:
            await asyncio.sleep(self._timings.another_look)
            if client.api.token_refused:
                with suppress(DeliveryError), translated():
                    await client.api.auth_test()

    async def _clear_up(self) -> None:
        while True:
            await asyncio.sleep(_CLEAR_UP_SECONDS)
            await self._messenger.clear_up()

    async def _serve(self, app: AsyncApp, client: SlackClient) -> None:
        if self._app_token:
            await self._serve_socket(Connections(app, client, self._app_token, self._timings, self._ways_out))
            return
        self._app = app
        logger.info("Slack: serving %s", EVENTS_PATH)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._app = None
            await self._drain()

    async def _serve_socket(self, connections: Connections) -> None:
        async with connections:
            self._connections = connections
            try:
                with refused_token.told("SLACK_APP_TOKEN", refused_token.APP_TOKEN):
                    await connections.keep()
            finally:
                await self._drain()
                self._connections = None

    async def _drain(self) -> None:
        """Wait for listeners that must still acknowledge or answer, for which they need the connections."""
        await self._listening.drain(_DRAIN_SECONDS)
        await self._asking.drain(0)  # no caller waits for these now

    def _build(self, client: SlackClient) -> AsyncApp:
        async def authorize() -> AuthorizeResult:
            return client.installed

        # With its own way to authorize, Bolt would ask auth.test first, and look for other installations on the disk as
        # soon as SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are in the environment. It reads SLACK_BOT_TOKEN itself and
        # warns if it also gets a client, so its client is set up afterwards.
        # Signatures are looked at before Bolt sees anything, and by Slack's clock.
        app = AsyncApp(
            name=NAME,
            authorize=authorize,
            request_verification_enabled=False,
            process_before_response=True,  # else it would look again and again whether it is acknowledged
            logger=sdk_logger(),
        )
        ours = web_client(self._bot_token, self._api_url, client.session)
        app.client.base_url, app.client.session = ours.base_url, ours.session
        app.client.retry_handlers = ours.retry_handlers
        heard = listeners(
            self._bot,
            client,
            self._messenger,
            self._commands,
            self._clock,
            restricted=self._restricted,
            asking=self._asking,
            answering=self._listening,
        )
        self._listen(app, heard)
        _acknowledge_the_rest(app)
        app.error(_log)
        return app

    def _listen(self, app: AsyncApp, heard: Listeners) -> None:
        to = heard.handlers

        def kept(listen: Listener) -> Callable[..., Awaitable[BoltResponse | None]]:
            return acknowledgement.kept(listen, self._listening, to.private_messages.apologise, _log)

        app.middleware(Events(heard.spoken, self._listening).middleware)
        app.command(_ANYTHING)(kept(to.command))
        app.action(re.compile(f"^({forms.MODEL_CHOSEN}|{forms.MORE_PRESSED})$"))(kept(to.forms.changed))
        app.shortcut(DRAW_SHORTCUT)(kept(to.forms.shortcut))
        app.shortcut(DELETE_SHORTCUT)(kept(to.deleting.chosen))
        app.view(DELETE_FORM)(kept(to.deleting.confirmed))
        app.view(SHOW_FORM)(kept(to.showing_here.confirmed))
        app.action(OUR_BUTTON)(kept(to.button))
        app.view(re.compile(f"^({forms.NEW}|{forms.EDIT})$"))(kept(to.forms.submitted))

    async def _from_http(self, signed: SignedRequests, request: http.Request) -> http.Response:
        """Serve requests from Slack, and from no one else."""
        if self._app is None:
            return http.Response(status=503, text="starting")
        try:
            body = await signed.read(request)
        except Refused as refused:
            return http.Response(status=refused.status)
        try:
            # Bolt needs nothing else of the header, which isn't signed.
            known = {name: request.headers[name] for name in (RETRIED,) if name in request.headers}
            asked = AsyncBoltRequest(body=body, headers={"content-type": request.content_type, **known})
        except (ValueError, RecursionError, AttributeError):  # no JSON, too deep, or no object
            return http.Response(status=400)
        return await to_aiohttp_response(await self._app.async_dispatch(asked))


def _acknowledge_the_rest(app: AsyncApp) -> None:
    """Acknowledge what has no listener here: Bolt would answer 404, which users see as a failure."""

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    app.action(_ANYTHING)(acknowledge)
    app.shortcut(_ANYTHING)(acknowledge)
    app.view_submission(_ANYTHING)(acknowledge)
    app.view_closed(_ANYTHING)(acknowledge)


async def _log(error: Exception, body: Payload) -> None:
    logger.error("a Slack interaction (%s) failed", kind_of(body), exc_info=error)
