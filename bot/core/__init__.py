"""The core: events in, replies out. It depends on no chat platform, no SQL and no HTTP."""
