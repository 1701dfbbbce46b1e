"""The web playground: the whole bot in a browser on this machine, without an account or a key."""

NAME = "web"
