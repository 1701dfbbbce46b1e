"""The JSON API, described in docs/playground.md. Every route asks the bot and renders the answer."""

import secrets
from http import HTTPStatus

from aiohttp import web

from adapters.web import parse, render, words
from adapters.web.address import WebAddress
from adapters.web.body import PageBodies
from adapters.web.deletions import Deletions
from adapters.web.events import Changes
from adapters.web.messenger import LIMITS
from adapters.web.middleware import Middleware, Wrong, no_such_address
from adapters.web.options import options_json
from adapters.web.stream import event_stream, stream
from adapters.web.undo import Undo
from adapters.web.visitor import Visitor
from adapters.web.whole_image import WholeImage
from bot.core.commands import HISTORY, QUOTA
from bot.core.dispatch import Bot
from bot.core.errors import ImageError, ImageGone
from bot.core.events import ButtonEvent, CommandEvent, Event
from bot.core.images.library import ImageLibrary
from bot.core.model import Action, Job
from bot.core.refusals import Duplicate, JobNotFound, ShuttingDown, TooLate
from bot.core.replies import Answer, Picture, Reply

_OTHERS = {Action.SHARE, Action.SHOW_ALL, Action.PAGE, Action.JOIN, Action.DIRECTLY, Action.TRY_AGAIN, Action.UNCLEAR}
"""The actions of buttons that the page doesn't have."""
_ACTIONS = {action.value: action for action in Action if action not in _OTHERS}
_FOREVER = "private, max-age=31536000, immutable"


class Handlers:
    """The handlers. Each gets the visitor, and may raise errors that `Middleware` turns into a sentence."""

    def __init__(self, bot: Bot, library: ImageLibrary, changes: Changes, undo: Undo, deletions: Deletions) -> None:
        self._bot, self._library, self._changes, self._undo = bot, library, changes, undo
        self._deletions = deletions
        self._bodies = PageBodies()

    def routes(self, middleware: Middleware) -> list[web.AbstractRouteDef]:
        """Return the routes, each wrapped."""
        return [
            web.post("/api/commands", middleware.wrap(self._command)),
            web.get("/api/jobs", middleware.wrap(self._jobs)),
            web.get("/api/jobs/{job}", middleware.wrap(self._job)),
            web.get("/api/jobs/{job}/images/{index}", middleware.wrap(self._image)),
            web.post("/api/jobs/{job}/restore", middleware.wrap(self._restore)),
            web.post("/api/jobs/{job}/{action}", middleware.wrap(self._press)),
            web.get("/api/quota", middleware.wrap(self._quota)),
            web.get("/api/options", middleware.wrap(self._options)),
            web.get("/api/events", middleware.wrap(self._events)),
            web.route("*", "/api/{rest:.*}", middleware.wrap(self._nothing)),
        ]

    async def _command(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        asked = parse.read_command(await self._bodies.read(request))
        return await self._answer(parse.command_event(asked, who, secrets.token_hex(16)), who)

    async def _press(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        action = _ACTIONS.get(request.match_info["action"])
        if action is None:
            raise no_such_address()
        job_id = request.match_info["job"]
        pressed = parse.read_press(await self._bodies.read(request))
        event = parse.press_event(action, job_id, pressed, who, secrets.token_hex(16))
        return await self._answer(event, who, undo=pressed.undo)

    async def _answer(self, event: Event, who: Visitor, *, undo: bool = False) -> web.Response:
        answer = await self._bot.dispatch(event)
        if answer.deletion and undo:
            self._deletions.hold(answer.deletion)
        elif answer.deletion:
            answer = await self._deletions.now(answer.deletion)
        if answer.job:
            address = WebAddress(person=who.user.id, job=answer.job)
            if undo:
                self._undo.hold(address)
            else:
                # The page shows the ledger's state, so the reply counts as shown as soon as the page knows the job.
                await self._bot.confirm(answer.job, address.envelope)
            self._changes.tell(who.user.id, answer.job)
        return _response(answer)

    async def _restore(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        if not self._deletions.undo(await self._bot.job(request.match_info["job"], who.user)):
            raise TooLate
        return web.json_response({"reply": None})

    async def _jobs(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        event = _turn(who, request.query.get("cursor"))
        answer = await self._bot.dispatch(event)
        if answer.reply is None or answer.refused:
            return _response(answer)
        found = [entry.job for entry in answer.reply.entries if entry.job]
        # Nobody but the visitor sees them, so they are in the language of the page now.
        jobs = [self._shown(job, await self._bot.reply(job, who.locale)) for job in found]
        older = answer.reply.older
        return web.json_response({"jobs": jobs, "older": older.argument if older else None})

    async def _job(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        job, reply = await self._bot.look(request.match_info["job"], who.user, who.locale)
        return web.json_response(self._shown(job, reply))

    def _shown(self, job: Job, reply: Reply) -> render.JobJson:
        return render.job_json(job, reply, undo=self._undo.offered(job), deleting=self._deletions.is_held(job))

    async def _image(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        job = await self._bot.job(request.match_info["job"], who.user)
        index = request.match_info["index"]
        if not index.isascii() or not index.isdigit() or len(index) > 3 or int(index) >= len(job.images):
            raise JobNotFound
        image = job.images[int(index)]
        picture = Picture(job=job.id, index=int(index), image=image, alt="", model=job.request.model)
        try:
            file = await self._library.file(picture, LIMITS)
        except (ImageGone, ImageError) as error:
            raise Wrong("image_gone", HTTPStatus.GONE) from error
        headers = {"Cache-Control": _FOREVER}
        if "download" in request.query:
            headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
        return web.Response(body=WholeImage(file.data, file.media_type), headers=headers)

    async def _quota(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        usage, quota = await self._bot.usage(who.user), self._bot.quota
        left = max(0, quota - usage.used - usage.reserved)
        answer = await self._bot.dispatch(_command(who, QUOTA.name))
        return web.json_response(
            {
                "quota": quota,
                "used": usage.used,
                "reserved": usage.reserved,
                "left": left,
                "label": words.quota_left(who.texts, left, quota),
                "reply": render.reply_json(answer.reply) if answer.reply else None,
            }
        )

    async def _options(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        return web.json_response(options_json(self._bot, who))

    async def _events(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        if not self._changes.is_open:
            raise ShuttingDown
        with self._changes.listen(who.user.id) as listener:
            response = event_stream()
            await response.prepare(request)
            await stream(response, listener)
        return response

    async def _nothing(self, request: web.Request, who: Visitor) -> web.StreamResponse:
        raise no_such_address()


def _command(who: Visitor, name: str) -> CommandEvent:
    return CommandEvent(origin=who.origin(secrets.token_hex(16)), command=name)


def _turn(who: Visitor, cursor: str | None) -> CommandEvent | ButtonEvent:
    if cursor is None:
        return _command(who, HISTORY.name)
    return parse.press_event(Action.PAGE, cursor, parse.Pressed(), who, secrets.token_hex(16))


def _response(answer: Answer) -> web.Response:
    if answer.refused and answer.reply:
        return web.json_response(render.error_json(answer.reply.lines[0]), status=render.http_status(answer.error))
    if answer.job and answer.reply:
        accepted = {"job": answer.job, "reply": render.reply_json(answer.reply)}
        return web.json_response(accepted, status=HTTPStatus.ACCEPTED)
    if isinstance(answer.error, Duplicate):
        return web.json_response({"job": answer.error.job, "repeated": True}, status=HTTPStatus.ACCEPTED)
    if answer.form:
        return web.json_response({"form": render.form_json(answer.form)})
    return web.json_response({"reply": render.reply_json(answer.reply) if answer.reply else None})
