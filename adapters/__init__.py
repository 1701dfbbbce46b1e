"""One package a chat: each translates native events in and neutral replies out."""
