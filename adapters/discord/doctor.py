"""What the doctor checks on Discord."""

from collections.abc import Sequence

from adapters.discord.invite import application, invite_url
from adapters.discord.settings import DiscordSettings, token_of
from bot.core.doctor import Check
from bot.core.message import marked, message, of_error

_TOKEN, _INTERACTIONS, _ACCESS = marked("Discord token"), marked("Discord interactions"), marked("Discord access")


async def checks(settings: DiscordSettings) -> Sequence[Check]:
    """Check the token and the application with Discord, and advise what to do about errors."""
    try:
        found = await application(token_of(settings), settings.discord_api_url)
    except ValueError:
        advice = message("Reset it in the Developer Portal, under Bot, and set DISCORD_TOKEN to the new one.")
        return [Check(name=_TOKEN, ok=False, detail=message("Discord refuses DISCORD_TOKEN."), advice=advice)]
    except OSError as error:
        advice = message("Check the network, and DISCORD_API_URL if it is set.")
        return [Check(name=_TOKEN, ok=False, detail=of_error(error), advice=advice)]
    invitation = message("It belongs to {name}. Link to invite it: {url}", name=found.name, url=invite_url(found.id))
    token = Check(name=_TOKEN, ok=True, detail=invitation)
    return [token, _interactions(found.interactions_endpoint_url), *_access(settings, public=found.bot_public)]


def _access(settings: DiscordSettings, *, public: bool) -> Sequence[Check]:
    """Say who may spend the key, if that is anybody. The bot works all the same, so it is no failure."""
    if settings.discord_servers or not public:
        return ()
    detail = message("Anybody may add this bot to a server or to their account, and spend your key.")
    advice = message(
        "Set DISCORD_SERVERS to the ids of your servers, or switch off Public Bot in the Developer Portal, under Bot."
    )
    return [Check(name=_ACCESS, ok=True, detail=detail, advice=advice)]


def _interactions(endpoint: str | None) -> Check:
    """Check where interactions go: if an endpoint is set, Discord sends none over its gateway."""
    if endpoint:
        advice = message("Clear Interactions Endpoint URL in the Developer Portal, under General Information.")
        detail = message("Commands are sent to an endpoint, not to this bot.")
        return Check(name=_INTERACTIONS, ok=False, detail=detail, advice=advice)
    return Check(name=_INTERACTIONS, ok=True, detail=message("They arrive over Discord's gateway."))
