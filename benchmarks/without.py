"""What each promise costs: the bot as it would be without it. Only the benchmarks run it so."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What is promised, and how to run the bot `without` it: by settings, or by taking out what keeps it."""

    words: str
    settings: dict[str, Any] = field(default_factory=dict)
    without: Callable[[], None] = lambda: None


def _disk() -> None:
    from storage.database import sqlite_engines

    set_up = sqlite_engines.set_up

    def loose(engine: Engine, begin: str, *pragmas: str) -> None:
        set_up(engine, begin, *pragmas, "PRAGMA synchronous = OFF")

    _replace(sqlite_engines, "set_up", loose)
    _replace(os, "fsync", lambda _: None)


def _checks() -> None:
    from bot.core.images import library
    from bot.core.images.outline import Outline
    from bot.core.images.verify import VerifiedImage

    def unchecked(data: bytes, **_: object) -> VerifiedImage:
        outline = Outline(width=1024, height=1024, pixels=1024 * 1024)
        return VerifiedImage(data=data, media_type="image/png", outline=outline)

    def unhashed(_: bytes) -> str:
        return ""

    _replace(library, "verify", unchecked)
    _replace(library, "_digest", unhashed)


def _store() -> None:
    from storage.folder import Folder

    kept: dict[str, bytes] = {}

    async def put(_: Folder, key: str, data: bytes) -> None:
        kept[key] = data

    async def get(folder: Folder, key: str) -> bytes:
        return kept[key] if key in kept else (folder._root / key).read_bytes()

    _replace(Folder, "put", put)
    _replace(Folder, "get", get)


def _seal() -> None:
    from cryptography import fernet

    class Plain:
        def __init__(self, _: bytes) -> None:
            pass

        def encrypt(self, token: bytes) -> bytes:
            return token

        def decrypt(self, token: str) -> bytes:
            return token.encode()

    _replace(fernet, "Fernet", Plain)


def _replace(owner: Any, name: str, other: object) -> None:
    getattr(owner, name)  # it must be there
    setattr(owner, name, other)


PROMISES = {
    "disk": Promise(words="waiting for the disk: what is accepted or paid outlives a power failure", without=_disk),
    "checks": Promise(
        words="checks: an image is whole before it counts, and is still what was stored", without=_checks
    ),
    "store": Promise(words="files: an image is stored before it is shown", without=_store),
    "marks": Promise(words="marks: an image's file says that a model made it", settings={"mark_images": "off"}),
    "seal": Promise(words="seals: nobody who reads the ledger can use a token", without=_seal),
    "quiet": Promise(words="its log", settings={"log_level": "error"}),
}
ALL = "all"


def settings(name: str) -> dict[str, Any]:
    """Return the settings with which the bot runs without a promise, or without all of them."""
    return {setting: value for each in _named(name) for setting, value in each.settings.items()}


def take_out(name: str) -> None:
    """Run this process without a promise, or without all of them."""
    for each in _named(name):
        each.without()


def _named(name: str) -> list[Promise]:
    return list(PROMISES.values()) if name == ALL else [PROMISES[name]] if name else []
