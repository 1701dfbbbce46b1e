"""The playground as one value: what the composition root and the command line need to know of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.web import NAME
from bot.core.message import marked
from bot.core.platform import Chat, Connected, Listener, Platform

if TYPE_CHECKING:
    from adapters.web.settings import WebSettings
    from bot.core.clock import Clock
    from bot.core.dispatch import Bot
    from bot.core.images.library import ImageLibrary


def _build(settings: "WebSettings", library: "ImageLibrary", _: "Clock") -> Chat:
    from adapters.web.access import address  # here, since most of the operator's commands need no server
    from adapters.web.adapter import WebAdapter
    from adapters.web.events import Changes
    from adapters.web.key_file import kept_key
    from adapters.web.messenger import WebMessenger

    changes, key = Changes(), kept_key(settings.playground_key_file)

    def connect(bot: "Bot") -> Connected:
        adapter = WebAdapter(bot, library, changes, key)
        return adapter, adapter.routes

    return Chat(
        messenger=WebMessenger(changes),
        connect=connect,
        opened_at=lambda port: address(settings.playground_host, port, key),
    )


def _listener(settings: "WebSettings") -> Listener:
    return Listener(
        host=settings.playground_host,
        port=settings.playground_port,
        host_setting="PLAYGROUND_HOST",
        port_setting="PLAYGROUND_PORT",
    )


def _demo(settings: "WebSettings", port: int) -> Mapping[str, object]:
    chosen = "playground_port" in settings.model_fields_set
    return {
        "playground": True,
        "playground_port": settings.playground_port if chosen else port,
        "playground_key_file": Path("data/demo.key"),
    }


PLATFORM = Platform(
    name=NAME,
    title=marked("web playground"),
    runs=lambda settings: settings.playground,
    switch="PLAYGROUND=1",
    needs="PLAYGROUND=1",
    build=_build,
    listener=_listener,
    demo=_demo,
)
