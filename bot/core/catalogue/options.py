"""From typed options to a request that the model accepts, or to the error that says what would be valid."""

from collections.abc import Mapping

from bot.core.bounds import MAX_IMAGES
from bot.core.catalogue.models import ImageModel
from bot.core.catalogue.sizes import RATIOS, SHAPES, choose
from bot.core.foreign import cleaned
from bot.core.image import ImageRequest
from bot.core.message import message
from bot.core.refusals import BadValue, OptionNotTaken, PromptTooLong, RepeatedOption

_SEE_THROUGH = ("png", "webp")
_SPELLINGS = {"jpg": "jpeg"}


def check(model: ImageModel, options: Mapping[str, str]) -> ImageRequest:
    """Check all options (blank ones count as not given) and fill in the model's defaults. The prompt isn't blank.

    Raises PromptTooLong, OptionNotTaken, BadValue, RepeatedOption.
    """
    given = {name: value.strip() for name, value in options.items() if value.strip()}
    for name in given:
        if name not in model.takes:
            raise OptionNotTaken(name, model.name, model.takes)
    request = ImageRequest(
        model=model.name,
        prompt=_prompt(model, given.get("prompt", "")),
        n=_count(model, given.get("n", "1")),
        size=_size(model, given),
        quality=_one_of(model, "quality", given) or model.default_quality,
        style=_one_of(model, "style", given),
        background=_one_of(model, "background", given),
        output_format=_one_of(model, "output_format", given),
    )
    if request.background == "transparent" and request.output_format not in {None, *_SEE_THROUGH}:
        raise BadValue("output_format", given["output_format"], _SEE_THROUGH, model.name)
    return request


def choices(model: ImageModel, option: str) -> tuple[str, ...]:
    """Return the values of an option that users may choose from."""
    if option == "n":
        return tuple(str(count) for count in range(1, MAX_IMAGES + 1))
    if option == "size":
        return model.sizes.choices
    if option == "ar":
        return tuple(ratio for ratio in RATIOS if choose(model.sizes, ratio))
    return model.values(option) if option in model.takes and option not in {"prompt", "model"} else ()


def completions(model: ImageModel, option: str) -> Mapping[str, str]:
    """Return the values to offer while an option is typed, each with the size that it stands for, if it is another."""
    if option != "size" or not model.sizes.choices:
        return dict.fromkeys(choices(model, option), "")
    sent = {value: choose(model.sizes, value) for value in dict.fromkeys((*SHAPES, *RATIOS, *model.sizes.choices))}
    return {value: "" if size == value else size for value, size in sent.items() if size}


def _prompt(model: ImageModel, typed: str) -> str:
    """Return a prompt without what no model reads and no database stores."""
    prompt = cleaned(typed).strip()
    if len(prompt) > model.prompt_limit:
        raise PromptTooLong(model.name, len(prompt), model.prompt_limit)
    return prompt


def _count(model: ImageModel, typed: str) -> int:
    if typed.isascii() and typed.isdigit() and len(typed) <= 4 and 1 <= int(typed) <= MAX_IMAGES:
        return int(typed)
    raise BadValue("n", typed, (message("{least} to {most}", least=1, most=MAX_IMAGES),), model.name)


def _size(model: ImageModel, given: Mapping[str, str]) -> str | None:
    named = [name for name in ("size", "ar") if name in given]
    if not named:
        return model.default_size
    if len(named) > 1:
        raise RepeatedOption("size", "ar")
    typed = given[named[0]]
    size = choose(model.sizes, typed)
    if size is None:
        raise BadValue(named[0], typed, model.sizes.allowed, model.name)
    return size


def _one_of(model: ImageModel, option: str, given: Mapping[str, str]) -> str | None:
    if option not in given:
        return None
    value = _SPELLINGS.get(given[option].lower(), given[option].lower())
    if value not in model.values(option):
        raise BadValue(option, given[option], model.values(option), model.name)
    return value
