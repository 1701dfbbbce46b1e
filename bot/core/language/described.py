"""What a language is called by its own readers, and which way they read."""

from typing import Literal, NamedTuple


class Described(NamedTuple):
    """A language as it is offered to people. `tag` is its name as browsers write it, e.g. `pt-BR`.

    https://www.rfc-editor.org/info/bcp47
    """

    tag: str
    own_name: str
    direction: Literal["ltr", "rtl"]


def described(name: str) -> Described:
    """Describe a language by the name of its catalogue. It imports Babel, so it may not run on the event loop."""
    from babel import Locale, UnknownLocaleError  # its import takes a while

    tag = name.replace("_", "-")
    try:
        locale = Locale.parse(name)
    except UnknownLocaleError:
        return Described(tag=tag, own_name=tag, direction="ltr")
    own_name = locale.get_display_name(name) or tag
    # Many languages write their own name small within a sentence; it stands alone here.
    return Described(
        tag=tag,
        own_name=own_name[0].upper() + own_name[1:],
        direction="rtl" if locale.text_direction == "rtl" else "ltr",
    )
