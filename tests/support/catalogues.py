"""Refuse messages that can't be translated, and catalogues that lack one or fill one wrongly.

python -m tests.support.catalogues [FOLDER …]       looks at the source, the bot's own catalogues and those of folders
python -m tests.support.catalogues --template       prints a template of a catalogue
python -m tests.support.catalogues --update FILE    brings a catalogue up to date; makes it, if it is missing
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.core import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po, write_po

from tests.support.messages import ROOT, Written, Wrong, find, placeholders

OWN = ROOT / "bot" / "core" / "language"
_HEADER = "# How to translate, and to check it: docs/translating.md"
_UPDATE = "run: python -m tests.support.catalogues --update"


def problems(file: Path, written: Iterable[Written]) -> Iterator[Wrong]:
    """Yield what is wrong with a catalogue for these messages."""
    wanted = {each.english: each for each in written}
    name = str(file.relative_to(ROOT) if file.is_relative_to(ROOT) else file)

    def wrong(text: str, what: str, line: int | None = None) -> Wrong:
        return Wrong(file=name, line=line or 1, text=text, what=what)

    try:
        catalogue = opened(file)
    except PoFileError as error:
        yield wrong(error.line, str(error).rpartition(" on ")[0], error.lineno + 1)
        return
    except (UnknownLocaleError, ValueError) as error:  # UnicodeDecodeError is a ValueError
        yield wrong(file.name, str(error))
        return
    had = {_english(each): each for each in catalogue if each.id}
    for each in had.values():
        if _english(each) not in wanted:
            yield wrong(_english(each), f"nothing says this any more; {_UPDATE}", each.lineno)
        else:
            for what in _of_entry(each, wanted[_english(each)]):
                yield wrong(_english(each), what, each.lineno)
    for each in catalogue.obsolete.values():
        yield wrong(_english(each), f"nothing says this any more; {_UPDATE}", each.lineno)
    for english in (each for each in wanted if each not in had):
        yield wrong(english, f"missing; {_UPDATE}")


def opened(file: Path) -> Catalog:
    """Read a catalogue; its file's name is its language's. Raises PoFileError, UnknownLocaleError or ValueError."""
    with file.open("rb") as stream:
        return read_po(stream, locale=Locale.parse(file.stem), abort_invalid=True)


def template(written: Iterable[Written]) -> Catalog:
    """Return a catalogue without a language, with every message."""
    catalogue = Catalog(project="imagine-bot", header_comment=_HEADER, fuzzy=False)
    for each in written:
        english = each.english if each.many is None else (each.english, each.many)
        catalogue.add(english, locations=[(each.file, each.line)], auto_comments=each.comments)
    return catalogue


def text(catalogue: Catalog) -> str:
    """Return a catalogue as a file has it. It names files, not lines, which change too often."""
    stream = BytesIO()
    write_po(stream, catalogue, width=100, ignore_obsolete=True, include_lineno=catalogue.locale is None)
    return stream.getvalue().decode()


def update(file: Path, written: Iterable[Written]) -> None:
    """Add new messages to a catalogue, drop those that are gone, and mark nearly equal ones as fuzzy."""
    catalogue = opened(file) if file.exists() else template(())
    catalogue.locale = Locale.parse(file.stem)
    catalogue.update(template(written), update_creation_date=False)
    file.write_text(text(catalogue), "utf-8")


def main(arguments: list[str]) -> int:
    """Do what the command line asks for. Return 1 if anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.catalogues", description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path, help="folders with further catalogues")
    parser.add_argument("--template", action="store_true", help="print a template of a catalogue")
    parser.add_argument("--update", type=Path, metavar="FILE", help="bring a catalogue up to date, or make it")
    asked = parser.parse_args(arguments)
    written, wrong = find()
    if asked.template:
        sys.stdout.write(text(template(written)))
    elif asked.update:
        update(asked.update, written)
    else:
        files = (file for folder in (OWN, *asked.folders) for file in sorted(folder.glob("*.po")))
        wrong += [each for file in files for each in problems(file, written)]
    sys.stderr.writelines(f"{each}\n" for each in wrong)
    return 1 if wrong else 0


def _of_entry(entry: Message, written: Written) -> Iterator[str]:
    if isinstance(entry.id, tuple) != (written.many is not None) or (written.many and entry.id[1] != written.many):
        yield f"its plural is another in the source; {_UPDATE}"
        return
    if entry.fuzzy:
        yield "fuzzy: look at it, then remove that word"
    forms = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ("",))
    for number, form in enumerate(forms):
        where = f"form {number}: " if written.many is not None else ""
        yield from (where + what for what in _of_form(form, written))


def _of_form(form: str, written: Written) -> Iterator[str]:
    if not form.strip():
        yield "not translated"
        return
    try:
        names = placeholders(form)
    except ValueError as error:
        yield str(error)
        return
    may_lack = {"n"} if written.many is not None else set()
    for name in sorted(written.placeholders - names - may_lack):
        yield f"the translation lacks {{{name}}}"
    for name in sorted(names - written.placeholders):
        yield f"nothing fills {{{name}}} of the translation"
    if _edges(form) != _edges(written.english):
        yield "it begins or ends with other spaces than the English"


def _edges(words: str) -> tuple[str, str]:
    return words[: len(words) - len(words.lstrip())], words[len(words.rstrip()) :]


def _english(entry: Message) -> str:
    return str(entry.id[0] if isinstance(entry.id, tuple) else entry.id)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
