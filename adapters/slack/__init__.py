"""Slack: slash commands, buttons and modals over Socket Mode or HTTP, shown as one message that changes."""

from adapters.slack.adapter import SlackAdapter
from adapters.slack.address import SlackCommands

__all__ = ["SlackAdapter", "SlackCommands"]
