"""Discord: slash commands, buttons and forms over Discord's gateway; replies over the REST API."""

NAME = "discord"
