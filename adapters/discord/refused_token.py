"""What an operator is told when Discord refuses the bot's token."""

from bot.core.message import message

REFUSED = message("Discord refuses DISCORD_TOKEN.")
CURE = message("Reset it in the Developer Portal, under Bot, and set DISCORD_TOKEN to the new one.")
