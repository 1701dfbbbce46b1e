"""The life of an accepted job: queued, generated, delivered and shown."""
