"""What the doctor checks on Discord."""

from collections.abc import Sequence

from adapters.discord.invite import application, invite_url
from bot.core.doctor import Check
from bot.core.message import marked, message, of_error

_TOKEN, _INTERACTIONS = marked("Discord token"), marked("Discord interactions")


async def checks(token: str, api_url: str) -> Sequence[Check]:
    """Check the token and the application with Discord, and advise what to do about errors."""
    try:
        found = await application(token, api_url)
    except ValueError:
        advice = message("Reset it in the Developer Portal, under Bot, and set DISCORD_TOKEN to the new one.")
        return [Check(name=_TOKEN, ok=False, detail=message("Discord refuses DISCORD_TOKEN."), advice=advice)]
    except OSError as error:
        advice = message("Check the network, and DISCORD_API_URL if it is set.")
        return [Check(name=_TOKEN, ok=False, detail=of_error(error), advice=advice)]
    invitation = message("It belongs to {name}. Link to invite it: {url}", name=found.name, url=invite_url(found.id))
    return [Check(name=_TOKEN, ok=True, detail=invitation), _interactions(found.interactions_endpoint_url)]


def _interactions(endpoint: str | None) -> Check:
    """Check where interactions go: if an endpoint is set, Discord sends none over its gateway."""
    if endpoint:
        advice = message("Clear Interactions Endpoint URL in the Developer Portal, under General Information.")
        detail = message("Commands are sent to an endpoint, not to this bot.")
        return Check(name=_INTERACTIONS, ok=False, detail=detail, advice=advice)
    return Check(name=_INTERACTIONS, ok=True, detail=message("They arrive over Discord's gateway."))
