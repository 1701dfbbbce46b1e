"""The provider: the core's client of the image gateway CometAPI."""
