"""The doctor: looks at everything the bot depends on, changes nothing, and gives advice for each failure."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce

from bot.core.catalogue.catalogue import Catalogue
from bot.core.errors import NoList, ProviderError, StorageError
from bot.core.message import Amount, Message, marked, message, of_error
from bot.core.model import Fault
from bot.core.ports import ImageProvider, ImageStore
from bot.core.ways_out import Proxy

logger = logging.getLogger(__name__)

IMAGE_STORE = marked("image store")
KEY, MODEL = marked("gateway key"), marked("default model")
_CLOCK = marked("Clock")
_PRICE, BALANCE = marked("price"), marked("balance")
_SECONDS = 10.0
"""How long one group of checks may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The result of one check. `name` is a marked text. `advice` says what to do if it isn't `ok`."""

    name: str
    ok: bool
    detail: Message | str
    """A string is in no catalogue: a server or a library said it."""
    advice: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckGroup:
    """Checks that need each other. `name` is a marked text: it names them all if they don't end."""

    name: str
    run: Callable[[], Awaitable[Sequence[Check]]]


def _untold(_: Check) -> None:
    return


async def run_checks(
    groups: Sequence[CheckGroup], told: Callable[[Check], None] = _untold, *, seconds: float = _SECONDS
) -> Sequence[Check]:
    """Run all groups of checks at the same time, each for a few seconds at most, and return their checks.

    `told` gets each check as soon as it is known.
    """

    async def run(group: CheckGroup) -> Sequence[Check]:
        checks = await _bounded(group, seconds)
        for check in checks:
            told(check)
        return checks

    return [check for checks in await asyncio.gather(*map(run, groups)) for check in checks]


async def _bounded(group: CheckGroup, seconds: float) -> Sequence[Check]:
    try:
        async with asyncio.timeout(seconds):
            return await group.run()
    except TimeoutError:
        detail = message("There was no answer within {seconds} seconds.", seconds=f"{seconds:g}")
        advice = message("Check the network, and whether a proxy or a firewall holds it up.")
        return [Check(name=group.name, ok=False, detail=detail, advice=advice)]
    except Exception as error:  # a fault in one check must not hide what the others found
        logger.exception("the doctor's check failed: %s", group.name)
        detail = message("It could not be checked ({error}).", error=type(error).__name__)
        return [Check(name=group.name, ok=False, detail=detail)]


def listed(items: Sequence[Message | str]) -> Message | str:
    """Return all items as one text, separated by commas."""
    return reduce(lambda some, more: message("{some}, {more}", some=some, more=more), items)


def ways_out(hosts: Mapping[str, Proxy | None], certificate_file: str) -> Sequence[Check]:
    """Say by which way each host is reached. Other checks find out whether it can be reached."""
    said = [
        message("{host} through {proxy}", host=host, proxy=proxy.url)
        if proxy
        else message("{host} directly", host=host)
        for host, proxy in hosts.items()
    ]
    checks = [Check(name=marked("ways out"), ok=True, detail=listed(said))] if said else []
    if certificate_file:
        detail = message("The certificates in {file} are trusted, too.", file=certificate_file)
        checks.append(Check(name=marked("certificates"), ok=True, detail=detail))
    return checks


def clock(platform: str, offset: timedelta) -> Sequence[Check]:
    """Say that the machine's clock is wrong, if it is. The bot works with it, so it isn't a failure.

    `platform` is a marked text, and its clock is ahead of the machine's by `offset`.
    """
    if not offset:
        return ()
    seconds = str(abs(round(offset.total_seconds())))
    if offset > timedelta():
        detail = message(
            "This machine's clock is {seconds} s behind {platform}'s.", seconds=seconds, platform=Message(platform)
        )
    else:
        detail = message(
            "This machine's clock is {seconds} s ahead of {platform}'s.", seconds=seconds, platform=Message(platform)
        )
    return [Check(name=_CLOCK, ok=True, detail=detail, advice=message("Set it, for example by NTP."))]


async def image_store(images: ImageStore, place: str) -> Sequence[Check]:
    """Write, read and delete a test file: nothing else shows what may be written."""
    try:
        await images.check()
    except StorageError as error:
        advice = message("Check IMAGE_STORE and the disk.")
        return [Check(name=IMAGE_STORE, ok=False, detail=of_error(error), advice=advice)]
    detail = message("{place} can be read and written.", place=place)
    return [Check(name=IMAGE_STORE, ok=True, detail=detail)]


async def models(provider: ImageProvider, catalogue: Catalogue, *, own_default: bool) -> Sequence[Check]:
    """Check the default model and its price.

    `own_default`: the operator chose the default model, rather than the bot's makers.
    """
    return [await _model(provider, catalogue, own_default=own_default), _price(catalogue)]


async def key(provider: ImageProvider) -> Sequence[Check]:
    """Check the key, which costs nothing."""
    return [await _key(provider)]


async def balance(provider: ImageProvider) -> Sequence[Check]:
    """Check what is left to spend."""
    return [await _balance(provider)]


async def _key(provider: ImageProvider) -> Check:
    try:
        await provider.check()
    except NoList as error:
        return await _without_list(provider, error)
    except ProviderError as error:
        advice = {
            Fault.AUTH: message("Set COMETAPI_KEY to a key from the gateway's console."),
            Fault.NOT_CONNECTED: message("Check COMETAPI_BASE_URL and the network."),
        }.get(error.fault, message("Check COMETAPI_BASE_URL. If it is right, try again later."))
        return Check(name=KEY, ok=False, detail=_said(error), advice=advice)
    return Check(name=KEY, ok=True, detail=message("The gateway accepts it."))


async def _without_list(provider: ImageProvider, error: ProviderError) -> Check:
    """Look at the key by the balance, as some gateways have no list of models."""
    try:
        await provider.balance()
    except ProviderError:
        detail = message(
            "The gateway has no list of models ({error}), so the key could not be checked.", error=error.message
        )
        return Check(name=KEY, ok=True, detail=detail, advice=message("If nothing is drawn, check COMETAPI_BASE_URL."))
    return Check(name=KEY, ok=True, detail=message("The gateway accepts it."))


async def _model(provider: ImageProvider, catalogue: Catalogue, *, own_default: bool) -> Check:
    try:
        catalogue.update(await provider.models())
    except ProviderError as error:
        detail = message(
            "The gateway's list of models can't be read, so the bot uses its own. {reason} {model} is drawn with.",
            reason=_said(error),
            model=catalogue.default,
        )
        return Check(name=MODEL, ok=True, detail=detail)
    if not catalogue.names():
        return Check(
            name=MODEL,
            ok=False,
            detail=message("None of ALLOWED_MODELS makes images by the route that the bot uses."),
            advice=message("Set ALLOWED_MODELS to image models of the gateway's list, or clear it."),
        )
    configured, used = catalogue.configured_default, catalogue.default
    if configured == used:
        return Check(name=MODEL, ok=True, detail=message("{model} is offered.", model=used))
    detail = message("{reason} {other} is used instead.", reason=_missing(catalogue, configured), other=used)
    if not own_default:
        return Check(name=MODEL, ok=True, detail=detail)
    return Check(name=MODEL, ok=False, detail=detail, advice=message("Set DEFAULT_MODEL to a model that is offered."))


def _missing(catalogue: Catalogue, model: str) -> Message:
    if catalogue.is_refused(model):
        return message("The gateway lists {model}, but has no channel for it now.", model=model)
    if catalogue.is_elsewhere(model):
        return message("The gateway offers {model}, but not by the route for images.", model=model)
    return message("The gateway doesn't offer {model}.", model=model)


def _price(catalogue: Catalogue) -> Check:
    model, usd = catalogue.default, catalogue.price_of_default()
    if usd is None:
        return Check(
            name=_PRICE, ok=True, detail=message("The list has no price for an image of {model}.", model=model)
        )
    detail = message("An image of {model} costs about {usd} USD.", model=model, usd=Amount(usd, price=True))
    return Check(name=_PRICE, ok=True, detail=detail)


async def _balance(provider: ImageProvider) -> Check:
    try:
        usd = await provider.balance()
    except ProviderError:
        return Check(name=BALANCE, ok=True, detail=message("The gateway doesn't say what is left for this key."))
    if usd is None:
        return Check(name=BALANCE, ok=True, detail=message("This key has no limit of its own."))
    if usd > 0:
        return Check(name=BALANCE, ok=True, detail=message("{usd} USD are left for this key.", usd=Amount(usd)))
    return Check(
        name=BALANCE,
        ok=False,
        detail=message("The balance is used up: {usd} USD are left for this key.", usd=Amount(usd)),
        advice=message("Top it up in the gateway's console, or set COMETAPI_KEY to another key."),
    )


def _said(error: ProviderError) -> Message:
    match error.fault:
        case Fault.AUTH:
            return message("The gateway refuses COMETAPI_KEY.")
        case Fault.NOT_CONNECTED:
            return message("The gateway can't be reached ({error}).", error=error.message)
        case Fault.MISCONFIGURED | Fault.BLOCKED:
            return message("The gateway can't be used: {error}.", error=error.message)
        case _:
            return message("The gateway answered with an error ({error}).", error=str(error))
