"""The platform's name."""

PLATFORM = "slack"
