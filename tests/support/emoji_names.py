"""Write the names of emoji as the Slack adapter reads them, from the emoji.json of emoji-datasource.

    python -m tests.support.emoji_names emoji.json LICENSE > adapters/slack/emoji.txt

Both files are in the package `emoji-datasource`, <https://github.com/iamcal/emoji-data>, whose short names are Slack's.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def lines(emoji: list[dict[str, Any]], licence: str) -> Iterator[str]:
    """Yield the licence as comments; then each emoji with its names."""
    yield "// The emoji and their names on Slack, from https://github.com/iamcal/emoji-data, under this licence:"
    yield "//"
    yield from (f"// {line}".rstrip() for line in licence.strip().splitlines())
    for each in emoji:
        characters = "".join(chr(int(code, 16)) for code in each["unified"].split("-"))
        yield " ".join([characters, *each["short_names"]])


if __name__ == "__main__":
    found = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    sys.stdout.write("".join(f"{line}\n" for line in lines(found, Path(sys.argv[2]).read_text("utf-8"))))
