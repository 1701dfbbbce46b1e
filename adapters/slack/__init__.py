"""Slack: slash commands, buttons and modals over Socket Mode or HTTP; each job is one message that is edited."""

NAME = "slack"
