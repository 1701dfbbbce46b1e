"""Stored jobs and images, behind the protocols of `bot.core.ledger` and `bot.core.ports`."""

from storage.open import Storage, open_storage

__all__ = ["Storage", "open_storage"]
