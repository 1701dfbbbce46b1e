"""The core: events in, replies out. No chat platform, no SQL."""
