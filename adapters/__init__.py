"""One package for each platform: it translates native events into the bot's, and replies into native messages."""
