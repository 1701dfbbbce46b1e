"""What becomes of an accepted job: queued, generated, delivered, and shown."""
