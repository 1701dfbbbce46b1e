"""Find every message in the source, and what is wrong with it: a catalogue can have only what stands there."""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "adapters", "storage")
# What takes any message apart has no messages of its own.
_ENGINE = ("bot/core/message.py", "bot/core/language/language.py")
_FUNCTIONS = {"message": 1, "counted": 2, "marked": 1}
_METHODS = {"say": 1, "say_counted": 2, "label": 1, "raw": 1}
# These are filled elsewhere, or never.
_UNFILLED = {"marked", "raw"}
# These also say what a table has: its texts are `marked` where they are written.
_FROM_TABLES = {"label", "raw"}
_SAYS = re.compile(rf"bot\.core\.message|\.(?:{'|'.join(_METHODS)})\(")
_COMMENT = re.compile(r"#\s*(?P<text>.*)")
_TRANSLATORS = "Translators:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A message where it is written. `many` is its plural; `comments` are words for translators."""

    file: str
    line: int
    english: str
    many: str | None = None
    comments: tuple[str, ...] = ()

    @property
    def forms(self) -> tuple[str, ...]:
        """Its texts in English: one, or two."""
        return (self.english,) if self.many is None else (self.english, self.many)

    @property
    def placeholders(self) -> frozenset[str]:
        """The names of everything that fills it."""
        return frozenset().union(*(placeholders(form) for form in self.forms))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """One line about what is wrong."""

    file: str
    line: int
    text: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {shortened(self.text)}: {self.what}"


def find(root: Path = ROOT) -> tuple[list[Written], list[Wrong]]:
    """Return the messages of a tree's packages, and what is wrong with them."""
    written: list[Written] = []
    wrong: list[Wrong] = []
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            file = path.relative_to(root).as_posix()
            if file not in _ENGINE:
                found = list(_of_file(file, path.read_text("utf-8")))
                written += [each for each in found if isinstance(each, Written)]
                wrong += [each for each in found if isinstance(each, Wrong)]
    return written, [*wrong, *_contradictions(written)]


def placeholders(text: str) -> frozenset[str]:
    """Return the names between braces. Raises ValueError that says what is wrong with one."""
    return frozenset(name for _, name in parts(text) if name)


def parts(text: str) -> list[tuple[str, str]]:
    """Return the pieces of a text, each with the name of the placeholder after it, if any. Raises ValueError."""
    found = []
    for piece, name, form, conversion in Formatter().parse(text):
        if name is not None and (not name.isidentifier() or form or conversion):
            shown = f"{name}{f'!{conversion}' if conversion else ''}{f':{form}' if form else ''}"
            raise ValueError(f"between braces there can only be a name, not {{{shown}}}")
        found.append((piece, name or ""))
    return found


def shortened(text: str) -> str:
    """Return a message as a problem's line quotes it."""
    words = " ".join(text.split())
    return f'"{words}"' if len(words) <= 60 else f'"{words[:59]}…"'


def _of_file(file: str, source: str) -> Iterator[Written | Wrong]:
    if not _SAYS.search(source):
        return
    nodes = list(ast.walk(ast.parse(source)))
    comments = _comments(source)
    functions = _imported(nodes)
    columns = any(module.startswith("sqlalchemy") for module in _modules(nodes))  # its columns have a `label`, too
    calls = (node for node in nodes if isinstance(node, ast.Call))
    for call in sorted(calls, key=lambda call: call.lineno):
        match call.func:
            case ast.Name(id=name) if name in functions:
                kind = functions[name]
            case ast.Attribute(attr=name) if name in _METHODS and not (columns and name == "label"):
                kind = name
            case _:
                continue
        yield from _of_call(file, kind, call, comments)


def _of_call(file: str, kind: str, call: ast.Call, comments: Mapping[int, str]) -> Iterator[Written | Wrong]:
    def wrong(text: str, what: str) -> Wrong:
        return Wrong(file=file, line=call.lineno, text=text, what=what)

    given = call.args[: _FUNCTIONS.get(kind) or _METHODS[kind]]
    texts = [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    if len(texts) < (_FUNCTIONS.get(kind) or _METHODS[kind]):
        if what := _unwritten(kind, given):
            yield wrong(ast.unparse(call), what)
        return
    if not all(text.strip() for text in texts):
        yield wrong(ast.unparse(call), "a message, and each form of a plural, needs words")
        return
    found = Written(
        file=file,
        line=call.lineno,
        english=texts[0],
        many=texts[1] if len(texts) > 1 else None,
        comments=_for_translators(comments, call.lineno),
    )
    try:
        names = found.placeholders
    except ValueError as error:
        yield wrong(texts[0], str(error))
        return
    yield found
    if kind not in _UNFILLED:
        for what in _filled(names, call.keywords, plural=found.many is not None):
            yield wrong(texts[0], what)


def _unwritten(kind: str, given: Sequence[ast.expr]) -> str:
    """Return what is wrong with a call whose text isn't a literal, if anything is."""
    for each in given:
        match each:
            case ast.JoinedStr() | ast.BinOp() | ast.Call(func=ast.Attribute(attr="format" | "join" | "replace")):
                return "a message is not put together: write it as one text with named placeholders"
    named = bool(given) and isinstance(given[0], ast.Name | ast.Attribute | ast.Subscript | ast.Call)
    return "" if kind in _FROM_TABLES and named else "write the message here, as it stands"


def _filled(names: frozenset[str], keywords: Sequence[ast.keyword], *, plural: bool) -> Iterator[str]:
    values = {keyword.arg for keyword in keywords if keyword.arg}
    if any(keyword.arg is None for keyword in keywords):
        yield "write its values by name, not as **values"
        return
    known = values | ({"n"} if plural else set())
    for name in sorted(names - known):
        yield f"{{{name}}} gets no value"
    for name in sorted(values - names):
        yield f"there is no {{{name}}} for the value {name}"


def _contradictions(written: Iterable[Written]) -> Iterator[Wrong]:
    """A catalogue has one entry for a text: with one plural, or with none."""
    first: dict[str, Written] = {}
    for each in written:
        before = first.setdefault(each.english, each)
        if before.many != each.many:
            what = f"{before.file}:{before.line} has the same text with another plural, or with none"
            yield Wrong(file=each.file, line=each.line, text=each.english, what=what)


def _imported(nodes: Sequence[ast.AST]) -> Mapping[str, str]:
    """Return the functions of `bot.core.message` by the names that they have in a file."""
    imports = (node for node in nodes if isinstance(node, ast.ImportFrom) and node.module == "bot.core.message")
    return {name.asname or name.name: name.name for node in imports for name in node.names if name.name in _FUNCTIONS}


def _modules(nodes: Sequence[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def _comments(source: str) -> Mapping[int, str]:
    """Return the lines that are nothing but a comment, if any of them is for translators."""
    if _TRANSLATORS not in source:
        return {}
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    whole = ((each.start[0], each.line.strip()) for each in tokens if each.type == tokenize.COMMENT)
    return {line: found["text"] for line, text in whole if (found := _COMMENT.fullmatch(text))}


def _for_translators(comments: Mapping[int, str], line: int) -> tuple[str, ...]:
    """Return the comment that ends above a line, from `Translators:` on."""
    lines: list[str] = []
    while (line := line - 1) in comments:
        lines.insert(0, comments[line])
        if comments[line].startswith(_TRANSLATORS):
            return (" ".join(lines).removeprefix(_TRANSLATORS).strip(),)
    return ()
