"""The core: commands in, replies out. It knows no chat platform, no SQL and no HTTP."""
