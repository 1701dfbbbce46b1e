"""Which language a user is answered in."""

from collections.abc import Mapping

_SETTING = "language"
_ENGLISH = "en"


def locale_for(settings: Mapping[str, object], platform: str) -> str:
    """Return the locale to speak to a user in: the one in their own settings, then the platform's, then English."""
    own = settings.get(_SETTING)
    return (own if isinstance(own, str) else "") or platform or _ENGLISH
