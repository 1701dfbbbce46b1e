"""How many calls of a method Slack takes in a minute: https://docs.slack.dev/apis/web-api/rate-limits."""

import math
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

_MINUTE = 60.0
TIERS = {2: 20, 3: 50, 4: 100}
METHODS = {
    **dict.fromkeys(("chat.update", "chat.delete", "files.delete", "conversations.open", "conversations.join"), 3),
    **dict.fromkeys(("files.info", "files.getUploadURLExternal", "files.completeUploadExternal", "users.info"), 4),
    **dict.fromkeys(("chat.postEphemeral", "views.open", "views.update"), 4),
}
"""The tier of each method that has one."""
_A_CHANNEL = 60
"""Of chat.postMessage Slack says: one a second in each channel."""


class Tiers:
    """Counts calls as strictly as they are documented; Slack itself lets short bursts pass."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._taken: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self.refused = 0

    def wait(self, method: str, arguments: dict[str, Any]) -> int:
        """Return for how many seconds a call is refused; 0 if it is taken."""
        posts = method == "chat.postMessage"
        if not posts and method not in METHODS:
            return 0
        most = _A_CHANNEL if posts else TIERS[METHODS[method]]
        taken, now = self._taken[method, str(arguments.get("channel")) if posts else ""], self._seconds()
        while taken and now - taken[0] >= _MINUTE:
            taken.popleft()
        if len(taken) < most:
            taken.append(now)
            return 0
        self.refused += 1
        return math.ceil(_MINUTE - (now - taken[0])) or 1
