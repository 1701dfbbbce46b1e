"""Bolt's listeners: when Slack gets their acknowledgement, and what becomes of them after that."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest

from adapters.slack.acknowledgement import Listener, kept
from adapters.slack.interaction import Payload
from bot.core.tasks import Tasks

COMMAND = "command=%2Fimagine&text=a+boat&team_id=T1&user_id=U1&channel_id=C1&trigger_id=1"
FORM: dict[str, str | Sequence[str]] = {"content-type": "application/x-www-form-urlencoded"}


class Bolt:
    """Bolt with one listener, and what was logged and apologised for."""

    def __init__(self, listen: Listener, *, apologises: bool = False) -> None:
        self.tasks, self.logged = Tasks(), list[Exception]()

        async def authorize() -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1")

        async def apologise(ack: AsyncAck, _: Payload) -> bool:
            if apologises:
                await ack("sorry")
            return apologises

        async def log(error: Exception, _: Payload) -> None:
            self.logged.append(error)

        app = AsyncApp(
            authorize=authorize,
            request_verification_enabled=False,
            process_before_response=True,
            logger=logging.getLogger("quiet"),
        )
        app.command("/imagine")(kept(listen, self.tasks, apologise, log))
        app.error(self._log)
        self._app = app

    async def _log(self, error: Exception) -> None:
        self.logged.append(error)

    async def answer(self) -> Any:
        return await self._app.async_dispatch(AsyncBoltRequest(body=COMMAND, headers=FORM))


async def test_it_is_answered_at_once_and_goes_on() -> None:
    over = asyncio.Event()

    async def listen(ack: AsyncAck, _: Payload) -> None:
        await ack("queued")
        await over.wait()

    bolt = Bolt(listen)
    answering = asyncio.create_task(bolt.answer())
    for _ in range(50):  # turns of the loop, in which no timer runs
        await asyncio.sleep(0)
    assert answering.done()
    assert answering.result().body == "queued"
    assert len(bolt.tasks) == 1
    over.set()
    await bolt.tasks.drain(5)


async def test_what_fails_before_is_answered_as_a_failure_and_logged_once() -> None:
    async def listen(_: AsyncAck, __: Payload) -> None:
        raise ValueError("unreadable")

    bolt = Bolt(listen)
    assert (await bolt.answer()).status == 500
    assert [str(error) for error in bolt.logged] == ["unreadable"]


@pytest.mark.parametrize("acknowledged", [True, False])
async def test_what_fails_after_or_is_apologised_for_is_logged_once(acknowledged: bool) -> None:
    async def listen(ack: AsyncAck, _: Payload) -> None:
        if acknowledged:
            await ack("queued")
        raise ValueError("unreadable")

    bolt = Bolt(listen, apologises=not acknowledged)
    answer = await bolt.answer()
    await bolt.tasks.drain(5)
    assert (answer.status, answer.body) == (200, "queued" if acknowledged else "sorry")
    assert [str(error) for error in bolt.logged] == ["unreadable"]
