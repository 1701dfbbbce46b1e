"""The bot: its core, the image gateway's client, a sandbox gateway, the settings and the command line."""

__version__ = "0.1.0"
