"""Constants become a part of a statement's text."""

from sqlalchemy import bindparam, create_engine, literal, select, true

from storage.ledger.constants import fixed
from storage.ledger.tables import jobs

HOSTILE = "it's 100 % :here -- \\ ?"


def test_texts_numbers_and_lists_are_written_and_what_has_a_name_is_not() -> None:
    wanted = jobs.c.status.in_(["queued", "it's"]) & (jobs.c.n > 3) & (jobs.c.id == bindparam("job_id"))
    compiled = fixed(select(jobs.c.id).where(wanted)).compile()
    assert list(compiled.params) == ["job_id"]
    assert "status IN ('queued', 'it''s')" in str(compiled)
    assert "n > 3" in str(compiled)


def test_what_is_written_means_the_same() -> None:
    row = select(literal(HOSTILE), literal(-7), literal(HOSTILE).in_([HOSTILE]), true(), literal("a").in_([]))
    with create_engine("sqlite://").connect() as connection:
        assert connection.execute(fixed(row)).one() == connection.execute(row).one() == (HOSTILE, -7, True, True, False)
