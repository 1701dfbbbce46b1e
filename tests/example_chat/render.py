"""Turn replies into messages. Pure."""

import base64
import json
from collections.abc import Sequence

from bot.core.image import ImageFile
from bot.core.model import Action
from bot.core.replies import Button, Form, Picture, Reply, UserText, plain


def pictures(reply: Reply) -> Sequence[Picture]:
    """Return all pictures of a reply, those of its entries too."""
    return [*reply.pictures, *(picture for entry in reply.entries for picture in entry.pictures)]


def message(identifier: str, reply: Reply, files: Sequence[ImageFile]) -> bytes:
    """Return the line that shows a reply. People see plain text here, which no text of theirs can format."""
    buttons = [*reply.all_buttons, *(button for entry in reply.entries for button in entry.buttons)]
    shown = {
        "id": identifier,
        "text": "\n".join((plain(reply.all_lines), *(plain(entry.lines) for entry in reply.entries))),
        "buttons": [
            {"label": button.label, "send": _sent(button)} for button in buttons if button.action is not Action.DELETE
        ],
        "images": [base64.b64encode(file.data).decode() for file in files],
    }
    return f"{json.dumps(shown)}\n".encode()


def asked(form: Form) -> Reply:
    """Return what asks for a prompt, in a chat that has no forms: the line to send, with another prompt at its end."""
    return Reply(lines=((f"{form.label}: !again {form.job} ", UserText(form.prompt)),))


def _sent(button: Button) -> str:
    return f"!{button.action} {button.argument}"
