"""What a test reports reaches the run, also of a text that can't be written as UTF-8."""

import execnet
import pytest

HALF = "a boat \ud83d"


@pytest.mark.parametrize("outcome", ["failed", "passed"])
def test_half_a_character_in_a_report_is_sent_as_its_number(pytestconfig: pytest.Config, outcome: str) -> None:
    hook, said = pytestconfig.hook, [("Captured log call", HALF)]
    report = pytest.TestReport("test.py::test", ("test.py", 1, "test"), {}, outcome, HALF, "call", said)  # type: ignore[arg-type]
    sent = execnet.loads(execnet.dumps(hook.pytest_report_to_serializable(config=pytestconfig, report=report)))
    read = hook.pytest_report_from_serializable(config=pytestconfig, data=sent)
    assert (read.outcome, read.longreprtext, read.sections) == (
        outcome,
        r"a boat \ud83d",
        [["Captured log call", r"a boat \ud83d"]],
    )
