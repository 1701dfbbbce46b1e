"""Where an interaction came from, in Slack's ids."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from adapters.slack import NAME
from adapters.slack.address import SlackAddress
from bot.core import foreign
from bot.core.bounds import URL_CHARACTERS
from bot.core.origin import Facts, Origin, User

# What a slash command has instead of a name: https://docs.slack.dev/interactivity/implementing-slash-commands
_DIRECT, _PRIVATE, _GROUP_DIRECT = "directmessage", "privategroup", "mpdm-"

# Of a channel: https://docs.slack.dev/reference/methods/conversations.create. A group's lists its members.
_LONGEST_NAME = 80

Payload = Mapping[str, Any]
"""What Slack sends of an interaction or an event, as it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where someone belongs, in Slack's ids, as far as it is said: an empty text is not known.

    `team` and `enterprise` are their own workspace and organisation, and `place` is the organisation of the workspace
    where they press a button: their own, or another company's in a shared channel.
    """

    team: str = ""
    enterprise: str = ""
    place: str = ""

    def __post_init__(self) -> None:
        ids = {"team": self.team, "enterprise": self.enterprise, "place": self.place}
        foreign.put(self, **{name: foreign.key(said) if said else "" for name, said in ids.items()})

    def is_outside(self, team: str, enterprise: str) -> bool | None:
        """Return whether they belong to neither place where the app is installed; None if that isn't known."""
        if (self.team and self.team == team) or (enterprise and self.enterprise == enterprise):
            return False
        if enterprise and self.place == enterprise:
            return None
        return True if self.team or self.enterprise or self.place else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """The user and the place of an interaction. `response_url` is valid for 30 minutes, `trigger` for 3 seconds.

    Slack sends the user's handle as `user_name`; `People.recognised` puts in the name that people see.
    """

    team: str
    """The organisation; without one, the workspace."""
    workspace: str = ""
    """The workspace, if Slack names it: not for a button of an app that is installed for a whole organisation."""
    user: str
    user_name: str
    home: Home = field(default_factory=Home)
    channel: str
    channel_name: str = ""
    response_url: str = field(default="", repr=False)
    trigger: str = field(default="", repr=False)
    pressed: str = ""
    """The message whose button was pressed, unless only the user sees it."""
    thread: str = ""
    """The message in whose thread the answer belongs; empty if that is the channel itself."""
    begins_thread: bool = False
    """Whether nobody has answered in that thread yet."""
    direct: bool = False
    """Whether it was said to the bot alone, in direct messages."""
    locale: str = ""
    """The user's, as far as it is known; `admin` is asked only where it matters."""
    admin: bool | None = False
    outsider: bool | None = False
    guest: bool | None = False
    no_files: str = ""
    """Slack's word for why the bot's files are refused there now."""
    community_name: str = ""
    """The name of the workspace or organisation where the app is installed."""

    def __post_init__(self) -> None:
        foreign.put(
            self,
            team=foreign.key(self.team),
            workspace=foreign.key(self.workspace),
            user=foreign.key(self.user),
            user_name=foreign.line(self.user_name),
            channel=foreign.key(self.channel),
            channel_name=foreign.line(self.channel_name, _LONGEST_NAME),
            response_url=foreign.exact(self.response_url, URL_CHARACTERS),
            trigger=foreign.key(self.trigger),
            pressed=foreign.key(self.pressed),
            thread=foreign.key(self.thread),
        )

    @property
    def user_id(self) -> str:
        """The bot's id of the user. Slack's ids are unique in an organisation, or else in a workspace only."""
        return f"{NAME}:{self.team}:{self.user}"

    @property
    def former_user_id(self) -> str:
        """The id that earlier releases gave the same user, if it is another one."""
        former = f"{NAME}:{self.workspace}:{self.user}"
        return former if self.workspace and former != self.user_id else ""

    def origin(self, key: str = "") -> Origin:
        """Return who asked, and where."""
        community = self.workspace or self.team
        return Origin(
            user=User(id=self.user_id, name=self.user_name),
            community=f"{NAME}:{community}" if community else "",
            conversation=self.address.conversation,
            address=self.address.envelope,
            locale=self.locale,
            key=f"{NAME}:{key or self.trigger}",
            facts=Facts(
                admin=self.admin,
                outsider=self.outsider,
                guest=self.guest,
                no_files=self.no_files,
                community_name=self.community_name,
            ),
        )

    @property
    def address(self) -> SlackAddress:
        """The address of a message that is still to be posted there."""
        return SlackAddress(
            team=self.team,
            user=self.user,
            channel=self.channel,
            name=shown_name(self.channel_name),
            locale=self.locale,
            thread=self.thread,
        )

    @property
    def private_thread(self) -> str:
        """The thread for messages that only the user sees: Slack shows them in threads that have begun.

        https://docs.slack.dev/reference/methods/chat.postEphemeral
        """
        return "" if self.begins_thread else self.thread

    @property
    def takes_guests(self) -> bool:
        """Whether the bot can be invited: not to direct messages, whose members are fixed."""
        return self.channel_name != _DIRECT and not self.channel_name.startswith(_GROUP_DIRECT)

    def at(self, channel: str, *, name: str, thread: str = "", direct: bool = False) -> Self:
        """Return the same for another place, where the user sees what was to be posted here. `name` is for people."""
        channel_name = _DIRECT if direct else name.removeprefix("#")
        return replace(self, channel=channel, channel_name=channel_name, thread=thread)

    def metadata(
        self,
        job: str | None = None,
        *,
        model: str | None = None,
        given: Mapping[str, str] | None = None,
        pressed: str = "",
    ) -> str:
        """Return what a modal must keep because its submission lacks it: where it was opened, and for what.

        That is the job that it edits, or the job and the `pressed` message that it deletes; and what is chosen when it
        opens, which the user didn't choose: the model, and the other options as they were `given` for that job.
        https://docs.slack.dev/reference/views: at most 3,000 characters.
        """
        kept = {
            "channel": self.channel,
            "name": self.channel_name,
            "thread": self.thread,
            "response_url": self.response_url,
            "job": job,
            "model": model,
            "given": given,
            "pressed": pressed,
        }
        return json.dumps({key: value for key, value in kept.items() if value})

    @classmethod
    def of_command(cls, body: Payload) -> Self:
        """Read the form of a slash command."""
        team, enterprise = body.get("team_id") or "", body.get("enterprise_id") or ""
        return cls(
            team=enterprise or team,
            workspace=team,
            home=Home(team=team, enterprise=enterprise),
            user=body["user_id"],
            user_name=body.get("user_name") or body["user_id"],
            channel=body["channel_id"],
            channel_name=body.get("channel_name") or "",
            response_url=body.get("response_url") or "",
            trigger=body.get("trigger_id") or "",
        )

    @classmethod
    def of_interaction(cls, body: Payload) -> Self:
        """Read the payload of a pressed button, or of an action in a modal."""
        kept = metadata_of(body.get("view") or {})
        channel = body.get("channel") or {}
        user = body["user"]
        team, enterprise = (body.get("team") or {}).get("id") or "", (body.get("enterprise") or {}).get("id") or ""
        own_team = user.get("team_id") or ""
        message, container = body.get("message") or {}, body.get("container") or {}
        thread = container.get("thread_ts") or message.get("thread_ts") or kept.get("thread", "")
        return cls(
            team=enterprise or team or own_team,
            workspace=team or own_team,
            home=Home(team=own_team or team, place=enterprise),
            user=user["id"],
            user_name=user.get("username") or user.get("name") or user["id"],
            channel=channel.get("id") or kept.get("channel", ""),
            channel_name=channel.get("name") or kept.get("name", ""),
            response_url=body.get("response_url") or kept.get("response_url", ""),
            trigger=body.get("trigger_id") or "",
            pressed=message.get("ts") or "",
            # A message that others have answered is in its own thread, but what comes of it belongs beside it.
            thread="" if thread in {message.get("ts"), container.get("message_ts")} else thread,
        )

    @classmethod
    def of_event(cls, body: Payload) -> Self:
        """Read what somebody said: https://docs.slack.dev/reference/events/app_mention.

        In a channel that workspaces share, `user_team` is the speaker's own.
        """
        event, installed = body["event"], (body.get("authorizations") or [{}])[0]
        team = installed.get("team_id") or body.get("team_id") or ""
        enterprise = installed.get("enterprise_id") or body.get("enterprise_id") or ""
        own_team = event.get("user_team") or event.get("team") or ("" if body.get("is_ext_shared_channel") else team)
        direct = event.get("channel_type") == "im" or event["channel"].startswith("D")
        thread = event.get("thread_ts") or ""
        return cls(
            team=enterprise or own_team or team,
            workspace=own_team or team,
            home=Home(team=own_team, place=enterprise),
            user=event["user"],
            user_name=event["user"],
            channel=event["channel"],
            channel_name=_DIRECT if direct else "",
            thread=thread or ("" if direct else event["ts"]),
            begins_thread=not thread,
            direct=direct,
        )


def metadata_of(view: Mapping[str, Any]) -> dict[str, Any]:
    """Read what `Interaction.metadata` kept in a modal."""
    kept: dict[str, Any] = json.loads(view.get("private_metadata") or "{}")
    return kept


def shown_name(channel_name: str) -> str:
    """Return a channel's name as users write it, or an empty string if Slack gives a placeholder."""
    if not channel_name or channel_name in {_DIRECT, _PRIVATE} or channel_name.startswith(_GROUP_DIRECT):
        return ""
    return f"#{channel_name}"
