"""How close the bot is to the least that its job can cost: `make bench`."""
