"""The doctor: checks everything the bot depends on, and gives advice for each failure."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.core.catalogue import Catalogue
from bot.core.errors import ProviderError, StorageError
from bot.core.model import Fault
from bot.core.ports import ImageProvider, ImageStore, Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The result of one check. `advice` says what to do if it isn't `ok`."""

    name: str
    ok: bool
    detail: str
    advice: str = ""

    def __str__(self) -> str:
        advice = f"\n      → {self.advice}" if self.advice else ""
        return f"{'ok  ' if self.ok else 'FAIL'}  {self.name}: {self.detail}{advice}"


CheckGroup = Callable[[], Awaitable[Sequence[Check]]]


async def run_checks(groups: Sequence[CheckGroup]) -> Sequence[Check]:
    """Run all groups of checks, one after the other, and return their checks."""
    return [check for group in groups for check in await group()]


async def database(ledger: Ledger) -> Sequence[Check]:
    """Read from the database and write to it once."""
    try:
        await ledger.check()
    except StorageError as error:
        return [Check(name="database", ok=False, detail=str(error), advice="look at DATABASE_URL and at the disk")]
    return [Check(name="database", ok=True, detail="migrated, can be read and written")]


async def image_store(images: ImageStore) -> Sequence[Check]:
    """Write, read and delete a test file."""
    try:
        await images.check()
    except StorageError as error:
        return [Check(name="image store", ok=False, detail=str(error), advice="look at IMAGE_STORE and at the disk")]
    return [Check(name="image store", ok=True, detail="can be read and written")]


async def gateway(provider: ImageProvider, catalogue: Catalogue) -> Sequence[Check]:
    """Check the key and the default model, which costs nothing."""
    return [await _key(provider), await _model(provider, catalogue)]


async def _key(provider: ImageProvider) -> Check:
    try:
        await provider.check()
    except ProviderError as error:
        advice = {
            Fault.AUTH: "set COMETAPI_KEY to a key from the gateway's console",
            Fault.NOT_CONNECTED: "look at COMETAPI_BASE_URL and at the network",
        }.get(error.fault, "look at COMETAPI_BASE_URL; if it is right, try again later")
        return Check(name="gateway key", ok=False, detail=str(error), advice=advice)
    return Check(name="gateway key", ok=True, detail="accepted")


async def _model(provider: ImageProvider, catalogue: Catalogue) -> Check:
    try:
        catalogue.update(await provider.models())
    except ProviderError as error:
        return Check(
            name="default model",
            ok=False,
            detail=f"the live list can't be read: {error}",
            advice="the bot works without the list, from its own table; look at COMETAPI_BASE_URL",
        )
    configured, used = catalogue.configured_default, catalogue.default
    if configured != used:
        advice = "set DEFAULT_MODEL to a model that is offered"
        detail = f"{configured} is not offered any more; {used} is used in its place"
        return Check(name="default model", ok=False, detail=detail, advice=advice)
    return Check(name="default model", ok=True, detail=f"{used} is offered")
