"""Reports of tests that quote half a character, as hostile texts have it. Sent as it is, it ends a pytest-xdist run."""

import json
import re
from collections.abc import Generator
from typing import Any

import pytest

_HALF = re.compile("[\ud800-\udfff]")


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Return a report with the number of each half in its place."""
    sent = yield
    text = json.dumps(sent, ensure_ascii=False)
    return json.loads(_HALF.sub(lambda half: rf"\\u{ord(half[0]):04x}", text)) if _HALF.search(text) else sent
