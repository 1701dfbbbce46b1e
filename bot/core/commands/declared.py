"""What people can type: the commands' declarations. What each does is in the file of its name."""

from collections.abc import Mapping

from bot.core.bounds import MAX_IMAGES
from bot.core.catalogue.sizes import RATIOS
from bot.core.commands.command import Command, Kind, Option, Surface
from bot.core.message import marked

ASPECT_RATIO = "ar"
IMAGINE = Command(
    name="imagine",
    description=marked("Draw what you describe"),
    example=marked("a paper boat at dusk --size landscape"),
    options=(
        Option(
            name="prompt",
            label=marked("Prompt"),
            description=marked("What to draw, in your own words"),
            kind=Kind.TEXT,
            required=True,
        ),
        Option(name="model", label=marked("Model"), description=marked("The image model")),
        Option(
            name="size",
            label=marked("Size"),
            description=marked("square, landscape, portrait, or a size in pixels such as 1024x1024"),
        ),
        Option(
            name=ASPECT_RATIO,
            label=marked("Aspect ratio"),
            description=marked("The aspect ratio, such as 16:9, in place of a size"),
            values=RATIOS,
            instead_of="size",
        ),
        Option(
            name="n",
            label=marked("Images"),
            description=marked("How many images, 1 to 10"),
            kind=Kind.INTEGER,
            most=MAX_IMAGES,
        ),
        Option(
            name="quality",
            label=marked("Quality"),
            description=marked("How much care the model takes; more costs more"),
        ),
        Option(
            name="style",
            label=marked("Style"),
            description=marked("vivid or natural, for models that know styles"),
        ),
        Option(
            name="background",
            label=marked("Background"),
            description=marked("transparent or opaque, for models that can"),
        ),
        Option(
            name="output_format",
            label=marked("File format"),
            description=marked("png, jpeg or webp, for models that can"),
        ),
    ),
)
DESCRIBED_FLAGS: Mapping[str, str] = {
    option.name: option.description for option in IMAGINE.options if option.name != "prompt"
}
"""The flags, each with its description."""
FLAGS = tuple(DESCRIBED_FLAGS)

QUOTA = Command(name="quota", description=marked("See how many images you have left"))

SEARCH = "search"
HISTORY = Command(
    name="history",
    description=marked("See what was drawn for you"),
    example=marked("red fox"),
    options=(
        Option(
            name=SEARCH,
            label=marked("Search"),
            description=marked("Only images whose prompts have these words"),
            kind=Kind.TEXT,
        ),
    ),
)

IMAGE = "image"
SHOW = Command(
    name="show",
    description=marked("Show one of your images"),
    example=marked("1A2B3C4D"),
    options=(
        Option(
            name=IMAGE,
            label=marked("Image"),
            description=marked("Some words of its prompt, or the number in its last line"),
            required=True,
        ),
    ),
    # Elsewhere it is a whole text: `/imagine show 1A2B3C4D`.
    where=frozenset({Surface.OPTIONS, Surface.PAGE}),
)

# Chats show what can be typed themselves, and every app of theirs could have a command of this name.
HELP = Command(name="help", description=marked("See what you can type"), where=frozenset({Surface.PAGE}))

COMMANDS = (IMAGINE, QUOTA, HISTORY, SHOW, HELP)


def offered(*where: Surface) -> tuple[Command, ...]:
    """Return the commands that are offered by name on any of these surfaces."""
    return tuple(command for command in COMMANDS if not command.where.isdisjoint(where))
