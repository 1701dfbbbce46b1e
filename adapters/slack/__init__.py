"""Slack: slash commands, buttons and modals over Socket Mode or HTTP; each job is one message that is edited."""

from adapters.slack.adapter import SlackAdapter
from adapters.slack.commands import SlackCommands

__all__ = ["SlackAdapter", "SlackCommands"]
