"""The part about the key: which account pays for the pictures, and whether that works."""

import asyncio
import re
from contextlib import suppress
from urllib.parse import urlsplit

from bot.cli.opening import open_catalogue, open_provider
from bot.cli.setup.arguments import KEY_SETTING
from bot.cometapi.balance import account_balance
from bot.cometapi.client import CometAPI
from bot.core.errors import NoList, ProviderError
from bot.core.message import Amount, Message, marked, message
from bot.core.model import Fault
from bot.core.setup import Holds, Question, Talk, Verdict
from bot.settings import COMETAPI, TEST_KEY, Settings

_TITLE = marked("Key")
_LOGIN, _CONSOLE = "https://www.cometapi.com/console/login", "https://www.cometapi.com/console"
_NUMBER = re.compile(r"\s*\(request id: [^)]*\)")


async def talk(talk: Talk[Settings]) -> None:
    """Ask for the key."""
    await talk.secret(question(talk.settings))


def question(settings: Settings) -> Question[Settings]:
    """Return the question for the key of the gateway that is set."""
    if settings.cometapi_base_url != COMETAPI:
        return Question(
            setting=KEY_SETTING,
            title=_TITLE,
            who=_gateway(settings),
            prompt=message("Paste the key of {gateway} (hidden):", gateway=_gateway(settings)),
            intro=lambda: (message("{gateway} draws them: COMETAPI_BASE_URL is set.", gateway=_gateway(settings)),),
            check=check,
        )
    return Question(
        setting=KEY_SETTING,
        title=_TITLE,
        who=_gateway(settings),
        prompt=message("Paste the key (hidden), or press Enter to start with free test pictures:"),
        intro=lambda: (
            message("CometAPI draws them; it is prepaid. Open  {url}", url=_LOGIN),
            message(
                'API Keys → Create API Key → turn "Unlimited Quota" off and give it $5 to begin with → Create → Copy'
            ),
        ),
        links=(_LOGIN,),
        check=check,
        otherwise=TEST_KEY,
    )


async def check(settings: Settings) -> Verdict:
    """Ask the gateway whether it takes the key, what is left, and what it draws with. Raises OSError."""
    if settings.test_pictures:
        said = message(
            'test pictures: marked "test", drawn on this machine. `imagine-bot setup key` changes that later.'
        )
        return Verdict(holds=Holds.ACCEPTED, said=said)
    async with open_provider(settings) as provider:
        try:
            await provider.check()
        except NoList:
            pass  # some gateways have no list: that it can't be checked so doesn't speak against the key
        except ProviderError as error:
            return _refused(error, _gateway(settings))
        usd, model = await asyncio.gather(_left(provider, settings), _model(provider, settings))
    if usd is not None and usd <= 0:
        return _nothing_left(usd)
    return Verdict(holds=Holds.ACCEPTED, said=_accepted(usd, model))


def _gateway(settings: Settings) -> str:
    return "CometAPI" if settings.cometapi_base_url == COMETAPI else urlsplit(settings.cometapi_base_url).netloc


def _refused(error: ProviderError, gateway: str) -> Verdict:
    words = _NUMBER.sub("", error.message)
    match error.fault:
        case Fault.AUTH:
            said = message('{gateway} refuses this key: "{words}". Copy it once more.', gateway=gateway, words=words)
            return Verdict(holds=Holds.REFUSED, said=said)
        case Fault.BALANCE:
            return _nothing_left(0)
        case Fault.NOT_CONNECTED | Fault.TIMEOUT | Fault.CUT:
            raise ConnectionError(
                message("{gateway} can't be reached ({error}).", gateway=gateway, error=words)
            ) from error
        case _:
            raise ConnectionError(
                message("{gateway} answered with an error ({error}).", gateway=gateway, error=str(error))
            ) from error


def _nothing_left(usd: float) -> Verdict:
    said = message(
        "accepted, but the balance is ${usd}: pictures will fail until you top up at {url}",
        usd=Amount(usd),
        url=_CONSOLE,
    )
    return Verdict(holds=Holds.DOUBTFUL, said=said)


def _accepted(usd: float | None, model: str) -> Message:
    if usd is None:
        return message("accepted · draws with {model}", model=model)
    return message("accepted · balance ${usd} · draws with {model}", usd=Amount(usd), model=model)


async def _left(provider: CometAPI, settings: Settings) -> float | None:
    """Return what can be spent: the account's balance or what is left for the key, the smaller of the two."""
    key = settings.cometapi_key.get_secret_value() if settings.cometapi_key else ""
    said = [await _limit(provider)]
    if settings.balance_address:
        said.append(await account_balance(settings.balance_address, key, settings.ways_out))
    return min((usd for usd in said if usd is not None), default=None)


async def _limit(provider: CometAPI) -> float | None:
    try:
        return await provider.balance()
    except ProviderError:
        return None


async def _model(provider: CometAPI, settings: Settings) -> str:
    catalogue = open_catalogue(settings)
    with suppress(ProviderError):  # as long as there is no list, the bot draws with its own choice
        catalogue.update(await provider.models())
    return catalogue.default
