"""What a `.po` file translates: the same as Babel reads of it."""

from io import BytesIO

import pytest
from babel.messages.pofile import read_po as read_by_babel

from bot.core.language.po import read_po
from tests.support.process import ROOT

JAPANESE = ROOT / "bot" / "core" / "language" / "ja.po"
ODD = r"""
# A comment, and a header without a charset.
msgid ""
msgstr ""
"Plural-Forms: nplurals=2; "
"plural=(n != 1);\n"

#: a/file.py:1
#, fuzzy, python-brace-format
#| msgid "Earlier"
msgid "Fuzzy"
msgstr "Unklar"
msgid  "Two "
"lines, \"quoted\"\t\\n\n"
msgstr ""
"Zwei Zeilen"
msgid "Empty"
msgstr ""

msgctxt "elsewhere"
msgid "In a context"
msgstr "Anderswo"

msgid "{n} boat"
msgid_plural "{n} boats"
msgstr[0] "{n} Boot"
msgstr[1] "{n} Boote"

#, fuzzy
#~ msgid "Obsolete"
#~ msgstr "Vorbei"

msgid "Last"
msgstr "Letztes"
"""


@pytest.mark.parametrize("data", [JAPANESE.read_bytes(), ODD.encode(), ODD.encode().replace(b"\n", b"\r\n"), b""])
def test_it_translates_what_babel_translates(data: bytes) -> None:
    read = read_po(data)
    entries = [each for each in read_by_babel(BytesIO(data)) if each.id and not each.fuzzy and not each.context]
    assert read.said == {each.id: each.string for each in entries if isinstance(each.id, str) and each.string}
    assert read.counted == {each.id[0]: each.string for each in entries if isinstance(each.id, tuple)}


def test_it_chooses_the_plural_as_the_file_says() -> None:
    assert [
        plural(1) for plural in (read_po(ODD.encode()).plural, read_po(JAPANESE.read_bytes()).plural) if plural
    ] == [0, 0]
    assert [
        plural(2) for plural in (read_po(ODD.encode()).plural, read_po(JAPANESE.read_bytes()).plural) if plural
    ] == [1, 0]
    assert read_po(b'msgid "a"\nmsgstr "b"').plural is None


def test_another_charset_is_read_as_the_header_says() -> None:
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=latin-1\\n"\n'
    assert read_po((header + 'msgid "a"\nmsgstr "\u00f3"').encode("latin-1")).said == {"a": "\u00f3"}


@pytest.mark.parametrize(
    "text",
    [
        'msgid "a\nmsgstr "b"',
        '"a"',
        'msgid "a" "b"',
        'msgid "a"\nmsgid "b"',
        'msgid "a"',
        'sentence "a"\nmsgstr "b"',
        'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=often;\\n"',
    ],
)
def test_what_is_no_catalogue_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_po(text.encode())
