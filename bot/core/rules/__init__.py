"""The rules: pure functions over values. Storage and commands gather the facts, and ask here what they mean."""
