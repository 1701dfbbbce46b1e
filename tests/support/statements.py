"""SQL that is compiled once: to compile a statement takes longer than to execute it, and every test opens engines.

SQLAlchemy keeps what it compiled as long as an engine lives, which is as long as the bot does. Between the engines of a
test process it differs by the kind of database alone.
"""

from collections.abc import Hashable, Iterator, MutableMapping
from typing import Any

from sqlalchemy import Connection, Engine, event

Key = tuple[Hashable, ...]


class _Kept(MutableMapping[Key, Any]):
    """What SQLAlchemy asks for by dialect and statement, each engine having a dialect of its own."""

    def __init__(self) -> None:
        self._kept: dict[Key, Any] = {}

    def __getitem__(self, key: Key) -> Any:
        return self._kept[key[1:]]

    def __setitem__(self, key: Key, compiled: Any) -> None:
        self._kept[key[1:]] = compiled

    def __delitem__(self, key: Key) -> None:
        del self._kept[key[1:]]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def keep_statements() -> None:
    """Let all engines of this process share what they compile."""
    kept: dict[str, _Kept] = {}

    @event.listens_for(Engine, "engine_connect")
    def _share(connection: Connection) -> None:
        connection.execution_options(compiled_cache=kept.setdefault(connection.dialect.name, _Kept()))
