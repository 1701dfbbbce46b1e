"""Slack's Web API, as far as the bot uses it: https://docs.slack.dev/reference/methods."""

import json
import re
import secrets
from collections.abc import Callable
from typing import Any

from tests.fakes.slack_blocks import message_errors, view_errors
from tests.fakes.slack_triggers import Triggers
from tests.fakes.slack_world import APP, BOT, TEAM, File, View, World, media_type

Json = dict[str, Any]

_CONVERSATION = re.compile(r"^[CGDZ][A-Z0-9]{8,}$")
NEEDS = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.delete": "chat:write",
    "conversations.open": "im:write",
    "conversations.join": "channels:join",
    "conversations.info": "channels:read",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "files.info": "files:read",
    "files.delete": "files:write",
    "users.info": "users:read",
}


class Refused(Exception):
    """An answer with `ok: false`."""

    def __init__(self, error: str, messages: list[str] | None = None, **more: str) -> None:
        super().__init__(error)
        self.body: Json = {"ok": False, "error": error, **more}
        if messages:
            self.body["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in messages]}


class Api:
    """The methods. Arguments come as strings from a form or a query, or typed from JSON."""

    def __init__(self, world: World, triggers: Triggers, *, url: Callable[[], str], scopes: list[str]) -> None:
        self.world, self.triggers, self.url, self.scopes = world, triggers, url, scopes

    def call(self, method: str, arguments: Json) -> Json:
        """Do what a method does. Raises Refused."""
        needed = NEEDS.get(method)
        if needed and needed not in self.scopes:
            raise Refused("missing_scope", needed=needed, provided=",".join(self.scopes))
        done = getattr(self, "_" + re.sub(r"[.]|(?<=[a-z])(?=[A-Z])", "_", method).lower(), None)
        if done is None:
            raise Refused("unknown_method")
        answer: Json = done(arguments)
        return {"ok": True, **answer}

    def _auth_test(self, _: Json) -> Json:
        return {"url": "https://work.slack.com/", "team": "Work", "user": "imagine", "team_id": TEAM,
                "user_id": BOT, "bot_id": "B0IMAGINE", "app_id": APP, "is_enterprise_install": False,
                **({"enterprise_id": self.world.enterprise} if self.world.enterprise else {})}  # fmt: skip

    def _chat_post_message(self, arguments: Json) -> Json:
        if arguments.get("channel") in self.world.people:  # a person's id is taken for their direct messages
            arguments = {**arguments, "channel": self.world.direct(arguments["channel"]).id}
        channel, text, blocks = self._to_post(arguments)
        self._check_thread(channel, arguments)
        message = self.world.post(channel, text=text, blocks=blocks, asked=arguments)
        threaded = {"thread_ts": message.thread} if message.thread else {}
        return {"channel": channel, "ts": message.ts, "message": {"text": text, "blocks": blocks, **threaded}}

    def _chat_post_ephemeral(self, arguments: Json) -> Json:
        channel, text, blocks = self._to_post(arguments, ephemeral=True)
        if arguments.get("user") not in self.world.channels[channel].members:
            raise Refused("user_not_in_channel")
        message = self.world.post(channel, text=text, blocks=blocks, asked=arguments, to=arguments["user"])
        return {"message_ts": message.ts}

    def _chat_update(self, arguments: Json) -> Json:
        message = self._own(arguments, archived="is_inactive")
        if len(arguments.get("text", "")) > 4000:
            raise Refused("msg_too_long")
        if "blocks" in arguments:
            blocks = _parsed(arguments["blocks"])
            self._check(blocks)
            message.blocks = blocks  # a text alone leaves the old blocks standing
        message.text = arguments.get("text", message.text)
        message.asked, message.edits = arguments, message.edits + 1
        return {"channel": message.channel, "ts": message.ts, "text": message.text}

    def _chat_delete(self, arguments: Json) -> Json:
        message = self._own(arguments, other="cant_delete_message")
        self.world.delete(message.ts)
        return {"channel": message.channel, "ts": message.ts}

    def _conversations_open(self, arguments: Json) -> Json:
        users = _parsed(arguments.get("users", ""))
        names = users if isinstance(users, list) else str(users).split(",")
        if len(names) != 1 or names[0] not in self.world.people:
            raise Refused("user_not_found")
        return {"channel": {"id": self.world.direct(names[0]).id}}

    def _conversations_info(self, arguments: Json) -> Json:
        channel = self.world.channels.get(arguments.get("channel", ""))
        if channel is None or (channel.kind != "public" and BOT not in channel.members):
            raise Refused("channel_not_found")
        return {"channel": {"id": channel.id, "name": channel.name, "is_member": BOT in channel.members}}

    def _conversations_join(self, arguments: Json) -> Json:
        channel = self.world.channels.get(arguments.get("channel", ""))
        if channel is None or channel.kind != "public":
            raise Refused("method_not_supported_for_channel_type")
        if channel.closed_to_bots:
            raise Refused(channel.closed_to_bots)
        channel.members.add(BOT)
        return {"channel": {"id": channel.id}}

    def _users_info(self, arguments: Json) -> Json:
        person = self.world.people.get(arguments.get("user", ""))
        if person is None:
            raise Refused("user_not_found")
        return {"user": person.told(with_locale=arguments.get("include_locale") in {"1", "true"})}

    def _files_get_upload_urlexternal(self, arguments: Json) -> Json:
        if not arguments.get("filename") or int(arguments.get("length", 0)) < 1:
            raise Refused("invalid_arguments")
        if len(arguments.get("alt_txt", "")) > 1000:
            raise Refused("alt_txt_too_large")
        if int(arguments["length"]) > self.world.largest_file:
            raise Refused("file_upload_size_restricted")
        file = File(
            id=f"F{self.world.number()}",
            name=arguments["filename"],
            length=int(arguments["length"]),
            alt=arguments.get("alt_txt", ""),
        )
        self.world.files[file.id] = file
        return {"upload_url": f"{self.url()}/upload/v1/{file.id}", "file_id": file.id}

    def _files_complete_upload_external(self, arguments: Json) -> Json:
        entries = _parsed(arguments.get("files", "[]"))
        files = [self._file(entry.get("id", "")) for entry in entries]
        if not files or any(entry.keys() - {"id", "title", "highlight_type"} for entry in entries):
            raise Refused("invalid_arguments")
        if any(not file.data or file.completed_at is not None for file in files):
            raise Refused("file_not_found")  # "could not find the file from the upload ticket"
        if arguments.get("channel_id") and not _CONVERSATION.match(arguments["channel_id"]):
            raise Refused("invalid_arguments")
        for file, entry in zip(files, entries, strict=True):
            file.completed_at, file.kind = self.world.seconds(), entry.get("highlight_type", "")
        return {"files": [{"id": file.id, "mimetype": "", "shares": {}} for file in files]}

    def _files_info(self, arguments: Json) -> Json:
        file = self._file(arguments.get("file", ""))
        if not self.world.is_known(file):
            raise Refused("file_not_found")
        if file.deleted:
            raise Refused("file_deleted")
        known = media_type(file.data) if self.world.is_processed(file) else ""
        return {"file": {"id": file.id, "name": file.name, "mimetype": known, "shares": {}}}

    def _files_delete(self, arguments: Json) -> Json:
        file = self._file(arguments.get("file", ""))
        if file.deleted:
            raise Refused("file_deleted")
        file.deleted = True
        return {}

    def _views_open(self, arguments: Json) -> Json:
        user, refused = self.triggers.spend(arguments.get("trigger_id", ""))
        if refused:
            raise Refused(refused)
        view = self._view(arguments)
        opened = View(id=f"V{self.world.number()}", hash=secrets.token_hex(8), view=view, user=user)
        self.world.views.append(opened)
        return {"view": {**view, "id": opened.id, "hash": opened.hash}}

    def _views_update(self, arguments: Json) -> Json:
        view = self._view(arguments)
        found = next((each for each in self.world.views if each.id == arguments.get("view_id")), None)
        if found is None or found.closed:
            raise Refused("not_found")
        if arguments.get("hash") not in {None, found.hash}:
            raise Refused("hash_conflict")
        self.change(found, view)
        return {"view": {**view, "id": found.id, "hash": found.hash}}

    def change(self, found: View, view: Json) -> None:
        """Show a modal's next state: what is filled in stays in blocks with the same id. Raises Refused."""
        if errors := view_errors(view, self.world):
            raise Refused("invalid_arguments", errors)
        kept = {block.get("block_id") for block in view["blocks"]}
        found.view, found.hash = view, secrets.token_hex(8)
        found.filled = {block: value for block, value in found.filled.items() if block in kept}

    def _to_post(self, arguments: Json, *, ephemeral: bool = False) -> tuple[str, str, list[Json]]:
        channel = arguments.get("channel", "")
        if refused := self.world.refusal(channel):
            raise Refused(refused)
        text, blocks = arguments.get("text", ""), _parsed(arguments.get("blocks", []))
        if not text and not blocks:
            raise Refused("no_text")
        self._check(blocks, ephemeral=ephemeral)
        return channel, text, blocks

    def _check_thread(self, channel: str, arguments: Json) -> None:
        began = self.world.message(channel, arguments.get("thread_ts", ""))
        if began and began.locked:
            raise Refused("restricted_action_thread_locked")
        if began and (began.thread or began.ephemeral_to):  # "Avoid using a reply's ts value; use its parent instead"
            raise Refused("cannot_reply_to_message")

    def _own(self, arguments: Json, *, other: str = "cant_update_message", archived: str = "message_not_found") -> Any:
        channel = arguments.get("channel", "")
        if refused := self.world.refusal(channel):  # each method has its own names for it
            closed = {"is_archived": archived, "not_in_channel": "channel_not_found"}
            raise Refused(closed.get(refused, refused))
        message = self.world.message(channel, arguments.get("ts", ""))
        if message is None or message.ephemeral_to:
            raise Refused("message_not_found")
        if message.author != BOT:
            raise Refused(other)
        return message

    def _check(self, blocks: object, *, ephemeral: bool = False) -> None:
        if errors := message_errors(blocks, self.world, ephemeral=ephemeral):
            raise Refused("invalid_blocks", errors)

    def _view(self, arguments: Json) -> Json:
        view: Json = _parsed(arguments.get("view", {}))
        if errors := view_errors(view, self.world):
            raise Refused("invalid_arguments", errors)
        return view

    def _file(self, name: str) -> File:
        file = self.world.files.get(name)
        if file is None:
            raise Refused("file_not_found")
        return file


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        return json.loads(value)
    return value
