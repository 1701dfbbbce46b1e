"""The flags in a prompt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.commands import FLAGS
from bot.core.commands.flags import parse_flags, read, replaced, to_type
from bot.core.commands.midjourney import MIDJOURNEY
from bot.core.language import speak
from bot.core.language.refusals import refusal
from bot.core.refusals import MidjourneyFlags, MissingValue, RepeatedOption, UnknownFlag, UsageError
from bot.core.replies import plain


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("a paper boat", {"prompt": "a paper boat"}),
        ("a paper boat --size landscape", {"prompt": "a paper boat", "size": "landscape"}),
        ("--size=1024x1024 a boat", {"prompt": "a boat", "size": "1024x1024"}),
        ("a --n 3 boat", {"prompt": "a boat", "n": "3"}),
        ("a boat --output-format webp", {"prompt": "a boat", "output_format": "webp"}),
        ("a boat --output_format webp", {"prompt": "a boat", "output_format": "webp"}),
        ("a boat --MODEL dall-e-2", {"prompt": "a boat", "model": "dall-e-2"}),
        ("well-made --n 2", {"prompt": "well-made", "n": "2"}),
        ("line one\nline two --n 2", {"prompt": "line one\nline two", "n": "2"}),
        ("a boat --n -1", {"prompt": "a boat", "n": "-1"}),
        ("   ", {"prompt": ""}),
    ],
)
def test_flags_are_told_from_the_prompt(text: str, options: dict[str, str]) -> None:
    assert parse_flags(text, FLAGS) == options


DASHES = ["--", "-", "—", "–", "―", "‐", "‑", "‒", "−", "－", "－－", "——", "-–", "––", "﹣﹣", "﹘", "—−", "⸺", "゠"]


@pytest.mark.parametrize("dashes", DASHES)
def test_one_or_two_dashes_of_any_kind_make_a_flag_of_a_name_of_ours(dashes: str) -> None:
    assert parse_flags(f"a fox {dashes}ar 16:9", FLAGS) == {"prompt": "a fox", "ar": "16:9"}
    assert parse_flags(f"a fox {dashes}output{dashes[0]}format=webp", FLAGS)["output_format"] == "webp"


@pytest.mark.parametrize(
    "prompt",
    [
        "a boat — and a gull",
        "a boat —red as rust",
        "a boat －and a gull",
        "他说 —— 你好",
        "dusk ——red",
        "a well-size boat",
        "---size 3",
        "the sea —no wind",
        "the sea —v",
        "5 -4",
        "size -- ",
    ],
)
def test_other_dashes_belong_to_the_prompt(prompt: str) -> None:
    assert parse_flags(prompt, FLAGS) == {"prompt": prompt.removesuffix(" -- ")}


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("a fox\u3000－－size\u3000landscape", {"prompt": "a fox", "size": "landscape"}),
        ("a fox －－ａｒ　１６：９", {"prompt": "a fox", "ar": "16:9"}),
        ("a fox --size＝landscape", {"prompt": "a fox", "size": "landscape"}),
        ("Ａ ｆｏｘ ① --n ②", {"prompt": "Ａ ｆｏｘ ①", "n": "2"}),
        ("a fox --ar\u00a016:9", {"prompt": "a fox", "ar": "16:9"}),
    ],
)
def test_wide_letters_and_spaces_are_read_as_the_plain_ones_and_drawn_as_they_are(
    text: str, options: dict[str, str]
) -> None:
    assert parse_flags(text, FLAGS) == options


INVISIBLE = ["\u200b", "\ufeff", "\u2060", "\u00ad", "\u200d", "\ufe0f", "\u3164", "\U000e0020", "\u202e", "\x00"]


@pytest.mark.parametrize("nothing", INVISIBLE)
@pytest.mark.parametrize(
    "text",
    [
        "a fox # --ar 16:9",
        "a fox #--ar 16:9",
        "a fox --#ar# 16:9",
        "a fox --ar # 16:9",
        "a fox --ar #16:9# #",
        "a fox --ar=#16:9",
    ],
)
def test_what_is_invisible_counts_as_nothing_around_flags_and_values(text: str, nothing: str) -> None:
    assert parse_flags(text.replace("#", nothing), FLAGS) == {"prompt": "a fox", "ar": "16:9"}


def test_what_is_invisible_inside_a_prompt_stays_for_emoji_and_scripts_consist_of_it() -> None:
    for prompt in ("👩‍🚀 and 🏳️‍🌈", "a heart ❤️", "می‌خواهم", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "a\u200bb"):
        assert parse_flags(f"{prompt} --n 2", FLAGS) == {"prompt": prompt, "n": "2"}
    assert parse_flags("\ufeffa fox\u200b --n 2", FLAGS) == {"prompt": "a fox", "n": "2"}


@pytest.mark.parametrize(
    "text", ["a boat --hd", "--foo bar", "a --size- b", "a －－foo", "a --\u200bfoo", "--version of me"]
)
def test_two_plain_dashes_before_another_name_are_refused(text: str) -> None:
    with pytest.raises(UnknownFlag):
        parse_flags(text, FLAGS)


@pytest.mark.parametrize(
    "text",
    ["a boat --size", "a boat --size --n 2", "a boat --size= --n 2", "a --size −n 2", "a --n --v 6", "a --size --"],
)
def test_a_flag_without_a_value_is_refused(text: str) -> None:
    with pytest.raises(MissingValue):
        parse_flags(text, FLAGS)


@pytest.mark.parametrize("text", ["a --n 1 --n 2", "a --size square —ar 16:9", "a -ar 1:1 --size square"])
def test_an_option_given_twice_is_refused(text: str) -> None:
    with pytest.raises(RepeatedOption):
        parse_flags(text, FLAGS)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("a sign -- says --hello", {"prompt": "a sign says --hello"}),
        ("a sign －－ says --hello", {"prompt": "a sign says --hello"}),
        ("--n 2 --\u200b --n 3", {"prompt": "--n 3", "n": "2"}),
        ("a -- b -- c", {"prompt": "a b -- c"}),
        ("a -- \u2060", {"prompt": "a"}),
    ],
)
def test_a_lone_pair_of_dashes_ends_the_flags(text: str, options: dict[str, str]) -> None:
    assert parse_flags(text, FLAGS) == options


@pytest.mark.parametrize(
    ("text", "flags", "instead"),
    [
        ("a red fox --ar 16:9 --no text --v 6", ("v", "no"), "a red fox --ar 16:9"),
        ("a red fox --no text, red hats --ar 16:9", ("no",), "a red fox --ar 16:9"),
        ("a fox --v 6.1 in snow", ("v",), "a fox in snow"),
        ("a fox --tile in snow", ("tile",), "a fox in snow"),
        ("a fox --niji --seed=5", ("seed", "niji"), "a fox"),
        ("a fox —v 6", ("v",), "a fox"),
        ("a fox ——no text", ("no",), "a fox"),
        ("a fox −−S　２５０", ("s",), "a fox"),
        ("a fox --sref https://a.example/1 https://a.example/2 --n 2", ("sref",), "a fox --n 2"),
        ("a fox\nin snow —ar 16:9 --q .5", ("q",), "a fox\nin snow —ar 16:9"),
        ("--v 6", ("v",), ""),
        ("a sign --v 5 -- that says --v 6", ("v",), "a sign -- that says --v 6"),
    ],
)
def test_flags_of_midjourneys_are_answered_with_what_to_send_instead(
    text: str, flags: tuple[str, ...], instead: str
) -> None:
    with pytest.raises(MidjourneyFlags) as raised:
        parse_flags(text, FLAGS)
    assert (raised.value.flags, raised.value.instead) == (flags, instead)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "a red fox --ar 16:9 --no text --v 6",
            "--v and --no are Midjourney's and mean nothing here. Send this instead: a red fox --ar 16:9. To draw two",
        ),
        (
            "--v 6",
            "--v is Midjourney's and means nothing here. Leave that out. To draw two dashes, put a lone",
        ),
        (f"{'very ' * 200}red --v 6", "Leave that out."),
        ("a --size square --size square", "Given twice: --size. Give it once."),
        ("a --size square --ar 1:1", "Given twice: --ar and --size are the same thing. Give one of them."),
        ("--version of me", "There is no flag --version; use --model, --size,"),
    ],
)
def test_the_answer_says_what_to_type(text: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_flags(text, FLAGS)
    assert said in plain((refusal(speak("en"), raised.value),))


def test_a_flag_and_a_choice_of_the_same_thing_are_one_too_many() -> None:
    assert read("a fox --n 2", {"size": "１６：９", "style": " \u200b"}, FLAGS) == {
        "prompt": "a fox",
        "n": "2",
        "size": "16:9",
    }
    for chosen in ({"size": "square"}, {"ar": "1:1"}):
        with pytest.raises(RepeatedOption):
            read("a fox --ar 16:9", chosen, FLAGS)


def test_what_is_typed_replaces_what_was_asked_for_earlier() -> None:
    earlier = {"prompt": "a fox", "size": "1024x1024", "n": "2"}
    assert replaced(earlier, {"prompt": "a hen", "ar": "16:9"}) == {"prompt": "a hen", "ar": "16:9", "n": "2"}


_PIECES = st.sampled_from(
    [*DASHES, *INVISIBLE, *FLAGS, *MIDJOURNEY, " ", "\u3000", "\n", "a", "fox", "=", "6", "16:9", "foo", "é", "ｎ", "ﬁ"]
)
_TEXTS = st.lists(_PIECES, max_size=14).map("".join) | st.text(max_size=30)


@given(_TEXTS)
def test_a_prompt_comes_back_as_it_was_when_it_is_typed_again(text: str) -> None:
    try:
        prompt = parse_flags(text, FLAGS)["prompt"]
    except UsageError:
        return
    assert parse_flags(to_type(prompt, FLAGS), FLAGS) == {"prompt": prompt}


@given(st.lists(st.sampled_from([" ", "  ", "a", "fox", "=", "\\", "é", "\t", "\n", "\0"]), max_size=8).map("".join))
def test_a_prompt_without_dashes_is_read_as_one_whose_flags_are_ended(text: str) -> None:
    assert parse_flags(text, FLAGS) == parse_flags(f"{text} --", FLAGS)


@given(_TEXTS)
def test_no_flag_is_left_in_a_prompt(text: str) -> None:
    try:
        prompt = parse_flags(text, FLAGS)["prompt"]
    except UsageError:
        return
    if any(word in {"--", "－－", "﹣﹣"} for word in "".join(char for char in text if char not in INVISIBLE).split()):
        return  # what follows is literal
    assert parse_flags(prompt, FLAGS) == {"prompt": prompt}


@given(st.text(max_size=40))
def test_any_stored_prompt_can_be_sent_again(prompt: str) -> None:
    stored = parse_flags(f"-- {prompt}", FLAGS)["prompt"]
    assert parse_flags(to_type(stored, FLAGS), FLAGS) == {"prompt": stored}


@given(
    st.lists(st.sampled_from(["a", "fox", "--n 2", "—ar 16:9", "--v 6", "--no text", "--tile", "in snow"]), max_size=8)
)
def test_what_is_to_be_sent_instead_is_accepted(pieces: list[str]) -> None:
    try:
        parse_flags(" ".join(pieces), FLAGS)
    except MidjourneyFlags as error:
        parse_flags(error.instead, FLAGS)
    except UsageError:
        pass
