"""A local gateway that speaks CometAPI's protocol and draws the images itself: no account, no key, no cost."""

from bot.sandbox.app import sandbox_app

__all__ = ["sandbox_app"]
