"""What an Address contains here: the person, and the id of the message that they see."""

from dataclasses import replace

from bot.core.model import Address

NAME = "lines"


def address_of(person: str) -> Address:
    """Return the address of a message that a person doesn't see yet."""
    return Address(platform=NAME, place={"person": person})


def shown_as(message: str, address: Address) -> Address:
    """Return the address of the message that is shown now."""
    return replace(address, place={**address.place, "message": message})
