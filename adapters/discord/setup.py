"""How Discord is set up: the token, who may add the bot, and the server where it is tried."""

import re

from adapters.discord.application import Application, Server, application, servers
from adapters.discord.doctor import interactions
from adapters.discord.invite import invite_url
from adapters.discord.settings import DiscordSettings
from bot.core.doctor import listed
from bot.core.errors import TokenRefused
from bot.core.message import Message, counted, marked, message
from bot.core.setup import Holds, Place, Question, Talk, Verdict, Wrong

_PORTAL = "https://discord.com/developers/applications"
_NEW = f"{_PORTAL}?new_application=true"
_ONLY_ME = 0
_WHERE = marked("The token is under Bot → Reset Token.")
_TOO_SHORT = message("This ends too early: a bot token has three parts with dots between them. Press Copy once more.")
# Three parts of base64: the application's id, when the token was made, and a signature of at least 27 letters.
_TOKEN = re.compile(r"[\w-]{18,}\.[\w-]{5,}\.[\w-]{25,}", re.ASCII)


def _shape(value: str) -> Wrong | None:
    """Say what was pasted instead of a token. Discord's portal shows all of these, each with a button *Copy*."""
    if _TOKEN.fullmatch(value):
        return None
    if value.isdigit():
        said = message("That is the Application ID (only digits). {where}", where=Message(_WHERE))
    elif re.fullmatch(r"[0-9a-f]{64}", value):
        said = message("That is the Public Key. {where}", where=Message(_WHERE))
    elif re.fullmatch(r"[\w-]{32}", value, re.ASCII):
        said = message("That is the Client Secret. {where}", where=Message(_WHERE))
    elif "://" in value:
        said = message("That is an address. {where}", where=Message(_WHERE))
    else:
        said = _TOO_SHORT
    return Wrong(said=said)


async def _check(settings: DiscordSettings) -> Verdict:
    try:
        found = await application(settings)
    except TokenRefused:
        said = message("Discord refuses it. Press Reset Token again: only the newest token works.")
        return Verdict(holds=Holds.REFUSED, said=said)
    said = message('Discord knows it: "{name}"', name=found.name)
    return Verdict(holds=Holds.ACCEPTED, said=said, found=found)


_TOKEN_QUESTION: Question[DiscordSettings] = Question(
    setting="DISCORD_TOKEN",
    title="Discord",
    who="Discord",
    prompt=message("Paste the bot token (hidden):"),
    intro=lambda: (
        message("a) Open  {url}  → a name → Create", url=_NEW),
        message("b) Bot (on the left) → Reset Token → Copy"),
    ),
    links=(_NEW,),
    shape=_shape,
    check=_check,
)


async def set_up(talk: Talk[DiscordSettings]) -> Place:
    """Ask for everything, and return where the bot can be tried."""
    found = (await talk.secret(_TOKEN_QUESTION)).found
    if not isinstance(found, Application):  # Discord can't be asked, so nothing else can be said
        return _place(())
    commands = interactions(found.endpoint)
    if not commands.ok and commands.advice:
        talk.warn(message("{wrong} {advice}", wrong=commands.detail, advice=commands.advice))
    joined = await _joined(talk)
    private = not found.public
    if joined:
        talk.done(_is_in(joined))
    elif not private:
        private = await _made_private(talk, found)
    talk.link("invite", invite_url(found.id))
    if joined:
        talk.tell(message("To add it to another server, open  {url}", url=invite_url(found.id)))
    else:
        joined = await _invited(talk, found)
        _keep_servers(talk, joined, private=private)
    return _place(joined)


async def _joined(talk: Talk[DiscordSettings]) -> tuple[Server, ...]:
    try:
        return tuple(await servers(talk.settings))
    except (OSError, TokenRefused):
        return ()  # it will be seen while it is waited for


async def _made_private(talk: Talk[DiscordSettings], found: Application) -> bool:
    """Ask who may add the bot, before it has a link: Discord makes no private bot of one that has a default link.

    https://github.com/discord/discord-api-docs/issues/5292
    """
    answers = (message("only me"), message("anybody"))
    if await talk.choose(message("Who may add this bot to a server?"), answers) != _ONLY_ME:
        return False
    talk.tell(
        message("Two switches, Discord has no other way:  {url}", url=f"{_PORTAL}/{found.id}/installation"),
        message("  Install Link → None → Save Changes;  then Bot → Public Bot off → Save Changes."),
    )
    talk.open(f"{_PORTAL}/{found.id}/installation")

    async def look() -> Application | None:
        now = await _now(talk)
        return None if now.public else now

    if await talk.until(look):
        talk.done(message("private"))
        return True
    talk.warn(message("It stays public: anybody may add it to a server of their own."))
    return True


async def _invited(talk: Talk[DiscordSettings], found: Application) -> tuple[Server, ...]:
    """Wait until the bot is in a server."""
    if found.code_grant:
        talk.tell(
            message(
                "Requires OAuth2 Code Grant is on, and so an invitation would fail. Switch it off:  {url}  → "
                "Save Changes",
                url=f"{_PORTAL}/{found.id}/bot",
            )
        )

        async def without_grant() -> Application | None:
            now = await _now(talk)
            return None if now.code_grant else now

        await talk.until(without_grant)
    talk.tell(
        message("c) Open  {url}", url=invite_url(found.id)),
        message(
            '   choose your server → Continue → Authorize.  (No server in the list? You need "Manage Server" there.)'
        ),
    )
    talk.open(invite_url(found.id))

    async def look() -> tuple[Server, ...] | None:
        return tuple(await servers(talk.settings)) or None

    if joined := await talk.until(look):
        talk.done(_is_in(joined))
        return joined
    talk.warn(message("It isn't in any server yet: nobody can use it until it is added to one."))
    return ()


def _keep_servers(talk: Talk[DiscordSettings], joined: tuple[Server, ...], *, private: bool) -> None:
    """Let only members of these servers draw, unless anybody may add the bot, or DISCORD_SERVERS is set already."""
    if not joined or not private:
        return
    if talk.settings.discord_servers:
        if not {each.id for each in joined} & set(talk.settings.discord_servers):
            talk.warn(message("DISCORD_SERVERS names other servers, whose members alone may draw there."))
        return
    value = ",".join(str(each.id) for each in joined)
    talk.keep("DISCORD_SERVERS", value)
    talk.done(
        counted(
            "Only its members may draw: DISCORD_SERVERS={servers}",
            "Only their members may draw: DISCORD_SERVERS={servers}",
            len(joined),
            servers=value,
        )
    )


async def _now(talk: Talk[DiscordSettings]) -> Application:
    try:
        return await application(talk.settings)
    except TokenRefused as error:
        raise ConnectionError(message("Discord refuses the token now.")) from error


def _is_in(joined: tuple[Server, ...]) -> Message:
    names = listed([message('"{name}"', name=each.name) for each in joined[:5]])
    if len(joined) > 5:
        return message("it is in {count} servers", count=str(len(joined)))
    return message("it is in {names}", names=names)


def _place(joined: tuple[Server, ...]) -> Place:
    return Place(
        command="/imagine",
        url=f"https://discord.com/channels/{joined[0].id}" if joined else "",
        hint=message("nothing in the list? Ctrl-R, ⌘R"),
    )
