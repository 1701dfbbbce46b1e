"""The bot's only HTTP server: health, readiness, metrics, and the platforms' routes."""
