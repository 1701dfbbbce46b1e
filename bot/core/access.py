"""Access: who may draw on a platform, as its operator's settings say."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may draw on one platform. By default everybody may, since a platform may have no outsiders at all."""

    elsewhere: bool = True
    """Whether the bot draws outside its own servers or workspaces, too."""
    outsiders: bool = True
    """Whether people who belong to none of these may draw."""
    guests: bool = True
    """Whether guests of these may draw."""
