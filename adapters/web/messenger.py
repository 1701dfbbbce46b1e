"""Tell the page that something changed; the page then reads the job's state from the ledger."""

from adapters.web.address import WebAddress
from adapters.web.events import ANY, Changes
from bot.core.chat import Abilities, Remember, Verb, forget
from bot.core.image import ImageLimits
from bot.core.origin import Address
from bot.core.replies import Reply


class WebMessenger:
    """Implements `bot.core.chat.Messenger`. A user with no open page sees the same state when they come back."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def show(self, address: Address, reply: Reply, remember: Remember = forget) -> Address:
        """Tell the user's open pages. The reply itself is not sent: it is rendered again from the ledger."""
        self._tell(address)
        return address

    async def show_alone(self, address: Address, reply: Reply, remember: Remember) -> Address:
        """Refuse: nobody else sees it on the page."""
        self.abilities(address).check(Verb.SHOW_ALONE)
        return address

    async def delete(self, address: Address) -> None:
        """Tell the user's open pages, which no longer find the job."""
        self._tell(address)

    async def notify(self, address: Address, reply: Reply) -> None:
        """Tell the user's open pages: no one else has to notice."""
        self._tell(address)

    async def publish(self, address: Address, reply: Reply, remember: Remember = forget) -> Address:
        """Refuse: a user of the page sees their own jobs only."""
        self.abilities(address).check(Verb.PUBLISH)
        return address

    def abilities(self, address: Address) -> Abilities:
        """Return what the page can do, and what a browser can show."""
        return _ABILITIES

    def _tell(self, address: Address) -> None:
        place = WebAddress.of(address)
        self._changes.tell(place.person, place.job or ANY)


LIMITS = ImageLimits(max_bytes=64 * 1024 * 1024)
_ABILITIES = Abilities(verbs=frozenset(Verb) - {Verb.SHOW_ALONE, Verb.PUBLISH}, images=LIMITS, reads_ledger=True)
