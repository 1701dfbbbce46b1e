"""Stored moments, as conditions of queries: the rule is `bot.core.rules.moments`."""

from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, or_, type_coerce

from storage.ledger.tables import Microseconds

NOW = bindparam("now", type_=Microseconds)
_MICROSECOND = timedelta(microseconds=1)


def is_over(until: ColumnElement[Any], longest: timedelta) -> ColumnElement[bool]:
    """Return the condition that nothing still waits for a stored moment."""
    return or_(until <= NOW, _before(until, longest) > NOW)


def holds(until: ColumnElement[Any], longest: timedelta) -> ColumnElement[bool]:
    """Return the condition that something still waits for a stored moment."""
    return and_(until > NOW, _before(until, longest) <= NOW)


def moved(until: ColumnElement[Any], by: timedelta) -> ColumnElement[int]:
    """Return a stored moment plus `by`, in microseconds."""
    return type_coerce(until, BigInteger) + by // _MICROSECOND


def _before(until: ColumnElement[Any], longest: timedelta) -> ColumnElement[int]:
    return moved(until, -longest)
