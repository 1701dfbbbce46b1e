"""Statements with their constants in the text: a parameter is converted, and a list is spelled out, at each execution.

SQLAlchemy makes a parameter of every constant, so that one text serves several statements. These need no such thing.
"""

from typing import Any, TypeVar, cast

from sqlalchemy import BindParameter, ColumnElement, literal_column
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import ClauseElement

S = TypeVar("S", bound=ClauseElement)


def fixed(statement: S) -> S:
    """Return the same statement with its texts and numbers written into it. What has a name stays a parameter."""
    return cast("S", visitors.replacement_traverse(statement, {}, _written))


def _written(element: Any, **_: Any) -> ColumnElement[Any] | None:
    """Return what takes the place of a part of a statement; None if it stays."""
    if not isinstance(element, BindParameter) or not element.unique:
        return None
    if not element.expanding:
        text = _text(element.value)
        return None if text is None else literal_column(text, element.type)
    texts = [_text(value) for value in element.value or ()]
    known = [text for text in texts if text is not None]
    return literal_column(f"({', '.join(known)})", element.type) if known and known == texts else None


def _text(value: object) -> str | None:
    match value:
        case bool():
            return None
        case str() if value.isprintable():
            return "'{}'".format(value.replace("'", "''"))
        case int():
            return str(value)
        case _:
            return None
