"""Bolt's listeners: when Slack gets their acknowledgement, and what becomes of them after that."""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest

from adapters.slack.acknowledgement import Listener, kept
from adapters.slack.interaction import Payload
from bot.core.tasks import Tasks

COMMAND = "command=%2Fimagine&text=a+boat&team_id=T1&user_id=U1&channel_id=C1&trigger_id=1"
PRESS = {"type": "block_actions", "actions": [{"action_id": "imagine:stop:0", "type": "button", "block_id": "b"}]}
FORM_SENT = {"type": "view_submission", "view": {"type": "modal", "callback_id": "new", "private_metadata": "a boat"}}
FORM: dict[str, str | Sequence[str]] = {"content-type": "application/x-www-form-urlencoded"}


class Bolt:
    """Bolt with one listener. It keeps the errors that were logged."""

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
        for heard in (app.command("/imagine"), app.action("imagine:stop:0"), app.view("new")):
            heard(kept(listen, self.tasks, apologise, log))
        app.error(self._log)
        self._app = app

    async def _log(self, error: Exception) -> None:
        self.logged.append(error)

    async def answer(self, payload: Mapping[str, Any] | None = None) -> Any:
        """Return the answer to a command, or to another payload."""
        body = COMMAND
        if payload:
            body = urlencode({"payload": json.dumps({"team": {"id": "T1"}, "user": {"id": "U1"}, **payload})})
        return await self._app.async_dispatch(AsyncBoltRequest(body=body, headers=FORM))


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


@pytest.mark.parametrize(("payload", "status"), [(None, 503), (FORM_SENT, 503), (PRESS, 200)])
async def test_one_that_acknowledges_too_late_goes_on_and_only_a_press_is_acknowledged_without_it(
    caplog: pytest.LogCaptureFixture, payload: Mapping[str, Any] | None, status: int
) -> None:
    over, went_on = asyncio.Event(), list[str]()

    async def listen(ack: AsyncAck, _: Payload) -> None:
        await over.wait()
        await ack("late")
        went_on.append("to the end")

    bolt = Bolt(listen)
    answer = await bolt.answer(payload)
    assert (answer.status, answer.body, len(bolt.tasks)) == (status, "", 1)
    over.set()
    await bolt.tasks.drain(5)
    assert (went_on, len(bolt.tasks), bolt.logged) == (["to the end"], 0, [])
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    kind = "/imagine" if payload is None else payload["type"]
    late = f"a Slack interaction ({kind}) is not acknowledged in time: Slack says that it failed"
    assert said == ([] if status == 200 else [late])


@pytest.mark.parametrize(("payload", "apologises"), [(None, True), (FORM_SENT, False), (PRESS, True)])
async def test_what_fails_later_than_that_is_logged_once(payload: Mapping[str, Any] | None, apologises: bool) -> None:
    over = asyncio.Event()

    async def listen(_: AsyncAck, __: Payload) -> None:
        await over.wait()
        raise ValueError("unreadable")

    bolt = Bolt(listen, apologises=apologises)
    await bolt.answer(payload)
    over.set()
    await bolt.tasks.drain(5)
    assert [str(error) for error in bolt.logged] == ["unreadable"]
