"""The URL that invites the bot to a server, with only the permissions that it uses."""

import discord

# Answers to commands need none of these until the interaction's token expires: then the bot edits or posts like any
# member.
PERMISSIONS = discord.Permissions(
    view_channel=True, send_messages=True, send_messages_in_threads=True, attach_files=True
)


def invite_url(application_id: int) -> str:
    """Return the URL to open in a browser."""
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=("bot", "applications.commands"))
