"""The one HTTP server: health, readiness, metrics, and whatever routes the platforms bring."""
