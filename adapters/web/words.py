"""The page's words in English: the catalogues have them in other languages."""

from collections.abc import Mapping
from functools import lru_cache

from adapters.web import deletions
from adapters.web.undo import UNDO_SECONDS
from bot.core.bounds import PAGE_BODY_BYTES, REPEAT_KEY_CHARACTERS
from bot.core.language import Language
from bot.core.message import Message, counted, marked, message
from bot.core.replies import Code, Line

_WORDS: Mapping[str, str] = {
    "title": marked("imagine-bot playground"),
    "name": marked("Imagine"),
    "place": marked("playground"),
    "you": marked("You"),
    "skip": marked("Skip to the prompt"),
    "language": marked("Language"),
    "conversation": marked("Conversation"),
    "composer": marked("Ask for an image"),
    "placeholder": marked("Describe an image, or type / for commands"),
    "send": marked("Send"),
    "sending": marked("Sending…"),
    "commands": marked("Commands"),
    "options": marked("Options"),
    "reset": marked("Reset"),
    "standard": marked("Default"),
    "keys": marked("Enter: send · Shift + Enter: new line · ↑: last prompt"),
    "history": marked("History"),
    "earlier": marked("Show earlier images"),
    "quota_help": marked("See how many images you have left"),
    "welcome_title": marked("What do you want to see?"),
    "welcome_text": marked("Describe it below, and it will be drawn for you. Or start with one of these:"),
    "example_1": marked("A paper boat on a still lake at dusk, soft watercolour"),
    "example_2": marked("A tiny greenhouse on the moon, isometric, warm light"),
    "example_3": marked("Poster of a night train crossing a stone viaduct, 1930s style"),
    "example_4": marked("A fox reading a map under a street lamp in the rain"),
    "form_cancel": marked("Cancel"),
    "search": marked("Search your images"),
    "reuse": marked("Reuse"),
    "reuse_help": marked("Put the prompt and its options back into the composer"),
    "undo": marked("Undo"),
    "viewer": marked("Image viewer"),
    "close": marked("Close"),
    "previous": marked("Previous image"),
    "next": marked("Next image"),
    "download": marked("Download"),
    "image_gone": marked("This image is no longer kept."),
    "offline": marked("The playground can't be reached. Trying again…"),
    "not_sent": marked("Not sent: the playground can't be reached. Check that it is running, then try again."),
    "no_script": marked("The playground needs JavaScript. Turn it on, then reload the page."),
}

_FILLED_BY_THE_SCRIPT: Mapping[str, str] = {
    "options_chosen": marked("Options ({count})"),
    "image_pending": marked("Image {number} of {count}, being drawn"),
    "enlarge": marked("Enlarge: {alt}"),
    "download_which": marked("Download image {number}"),
}

_REFUSALS: Mapping[str, Message] = {
    "not_local": message(
        "The playground is opened at an address of the computer that it runs on, such as {local} or {loopback}.",
        local=Code("localhost"),
        loopback=Code("127.0.0.1"),
    ),
    "no_key": message(
        "Open the playground by the whole address that imagine-bot printed when it started, "
        "with {key} and all that follows it.",
        key=Code("?key="),
    ),
    "other_site": message("This request came from another site, so it was refused."),
    "not_json": message(
        "The body must be a JSON object, such as {example}.", example=Code('{"text": "/imagine a paper boat"}')
    ),
    "bad_text": message(
        "{field} must be a string: a prompt, or a command such as {example}.",
        field=Code("text"),
        example=Code("/imagine a paper boat"),
    ),
    "bad_prompt": message("{field} must be a string.", field=Code("prompt")),
    "bad_undo": message("{field} must be true or false.", field=Code("undo")),
    "bad_options": message(
        "{field} must be an object of strings or whole numbers, such as {example}.",
        field=Code("options"),
        example=Code('{"size": "landscape"}'),
    ),
    "bad_key": message(
        "{field} must be a string of 1 to {most} characters.", field=Code("key"), most=REPEAT_KEY_CHARACTERS
    ),
    "bad_language": message("There is no such language here."),
    "too_large": message("That is too long. Send at most {most} kB.", most=PAGE_BODY_BYTES // 1024),
    "too_slow": message("The request timed out. Try again."),
    "not_found": message("There is nothing at this address."),
    "image_gone": message("This image is no longer kept."),
}


def words(texts: Language) -> dict[str, str]:
    """Return the page's words, by their keys; some with `{…}` that the page's script fills."""
    filled = {key: texts.label(english) for key, english in _WORDS.items()}
    filled["undo_help"] = texts.text(
        counted(
            "Nothing is sent for {n} second, so that you can undo it.",
            "Nothing is sent for {n} seconds, so that you can undo it.",
            UNDO_SECONDS,
        )
    )
    filled["deleting_help"] = texts.text(
        counted(
            "It will be deleted in {n} second, from the history too. It still counts.",
            "It will be deleted in {n} seconds, from the history too. It still counts.",
            deletions.UNDO_SECONDS,
        )
    )
    return filled | {key: texts.raw(english) for key, english in _FILLED_BY_THE_SCRIPT.items()}


def quota_left(texts: Language, left: int, quota: int) -> str:
    """Return how many images the visitor has left."""
    return texts.text(counted("{n} of {quota} left", "{n} of {quota} left", left, quota=quota))


@lru_cache(maxsize=64)  # it is asked for with each request
def you(texts: Language) -> str:
    """Return what the page calls its visitor."""
    return texts.label(_WORDS["you"])


def refusal(texts: Language, key: str) -> Line:
    """Return the sentence that refuses a request for a reason of the page's own."""
    return texts.line(_REFUSALS[key])
