"""The web playground: the whole bot in a browser on this machine, without an account or a key."""

from adapters.web.adapter import WebAdapter

__all__ = ["WebAdapter"]
