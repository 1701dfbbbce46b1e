"""What the doctor checks on Discord."""

from collections.abc import Sequence

from adapters.discord.invite import application, invite_url
from bot.core.doctor import Check


async def checks(token: str, api_url: str) -> Sequence[Check]:
    """Check the token and the application with Discord, and advise what to do about errors."""
    try:
        found = await application(token, api_url)
    except ValueError:
        advice = "reset it in the Developer Portal, under Bot, and set DISCORD_TOKEN to the new one"
        return [Check(name="Discord token", ok=False, detail="Discord refuses DISCORD_TOKEN", advice=advice)]
    except OSError as error:
        advice = "look at the network, and at DISCORD_API_URL if it is set"
        return [Check(name="Discord token", ok=False, detail=str(error), advice=advice)]
    accepted = Check(name="Discord token", ok=True, detail=f"belongs to {found.name}; invite: {invite_url(found.id)}")
    return [accepted, _interactions(found.interactions_endpoint_url)]


def _interactions(endpoint: str | None) -> Check:
    """Check where interactions go: if an endpoint is set, Discord sends none over its gateway."""
    if endpoint:
        advice = "clear Interactions Endpoint URL in the Developer Portal, under General Information"
        detail = "commands are sent to an endpoint, not to this bot"
        return Check(name="Discord interactions", ok=False, detail=detail, advice=advice)
    return Check(name="Discord interactions", ok=True, detail="arrive over the gateway")
