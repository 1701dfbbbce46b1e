"""The web playground: the whole bot in a browser on this machine, with no account and no key."""

from adapters.web.adapter import WebAdapter

__all__ = ["WebAdapter"]
