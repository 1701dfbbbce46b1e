"""The smallest chat that the bot can be on: people connect over TCP, and type lines.

The first line that a person sends is their name. Then each line is a command (`/imagine a paper boat`), a pressed
button (`!cancel 0192…`, as the button says), or a prompt. Each line that they get is a message as JSON: its `id`, its
`text`, its `buttons`, each with what to send for it, and its `images` in base64. A message whose id they have seen
before takes the place of the earlier one.
"""
