"""Jobs and images at rest, behind the protocols of `bot.ports`."""

from storage.opening import Storage, open_storage

__all__ = ["Storage", "open_storage"]
