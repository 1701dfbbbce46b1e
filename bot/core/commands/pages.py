"""What a button that turns a page passes on: where the page begins, and the words that were searched for."""

import re

from bot.core.image import JOB_ID

_CURSOR = re.compile(rf"[on](?:{JOB_ID.pattern})(?: .*)?", re.DOTALL)


def is_page(text: str) -> bool:
    """Return whether a text is the argument of a button that turns the page, rather than words to search for."""
    return _CURSOR.fullmatch(text) is not None
