"""Jobs and images at rest, behind the protocols of `bot.ports`."""
