"""What `imagine-bot setup` does to `.env`: whole or not at all, for its owner's eyes, and no other line changes."""

import stat
from pathlib import Path

import pytest

from bot.cli.setup.env_file import check_writable, keep, lines
from bot.environment import env_file

NEW = {"DISCORD_TOKEN": "a.b.c", "QUOTA_IMAGES": "5"}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".env"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "DISCORD_TOKEN=a.b.c\nQUOTA_IMAGES=5\n"),
        ("DISCORD_TOKEN=old\nQUOTA_IMAGES=20\n", "DISCORD_TOKEN=a.b.c\nQUOTA_IMAGES=5\n"),
        (
            "# mine\n\nQUOTA_IMAGES = 20  # a day\nOTHER=1\nexport discord_token='old # 1'\n\n# end\n",
            "# mine\n\nQUOTA_IMAGES = 5  # a day\nOTHER=1\nexport discord_token=a.b.c\n\n# end\n",
        ),
        ("DISCORD_TOKEN=\nQUOTA_IMAGES", "DISCORD_TOKEN=a.b.c\nQUOTA_IMAGES=5\n"),
        ("DISCORD_TOKEN#old=1\nQUOTA_IMAGES=1\n", "DISCORD_TOKEN=a.b.c\nQUOTA_IMAGES=5\n"),
        ("OTHER=1", "OTHER=1\nDISCORD_TOKEN=a.b.c\nQUOTA_IMAGES=5\n"),
        ("\ufeffOTHER=1\r\nQUOTA_IMAGES=1\r\n", "\ufeffOTHER=1\r\nQUOTA_IMAGES=5\r\nDISCORD_TOKEN=a.b.c\r\n"),
        ("DISCORD_TOKEN=1\nOTHER=1\nDISCORD_TOKEN=2\nQUOTA_IMAGES=5", "OTHER=1\nDISCORD_TOKEN=a.b.c\nQUOTA_IMAGES=5"),
        ("no setting at all\n", "no setting at all\nDISCORD_TOKEN=a.b.c\nQUOTA_IMAGES=5\n"),
        ("A='never closed\n", "A='never closed\nDISCORD_TOKEN=a.b.c\nQUOTA_IMAGES=5\n"),
    ],
)
def test_other_lines_stay_as_they_were(file: Path, before: str, after: str) -> None:
    file.write_bytes(before.encode())
    file.chmod(0o644)
    keep(file, NEW)
    assert file.read_bytes().decode() == after
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]
    values = env_file().values
    assert (values["discord_token"], values["quota_images"]) == ("a.b.c", "5")


@pytest.mark.parametrize("value", ["sk-a#b", "it's", 'say "a"', "back\\slash", "$HOME", "${HOME}", "a b", "=", "ü"])
def test_a_value_is_read_back_as_it_was_given(file: Path, value: str) -> None:
    keep(file, {"COMETAPI_KEY": value})
    assert env_file().values["cometapi_key"] == value
    assert lines({"COMETAPI_KEY": value}) == file.read_text()


def test_a_link_is_followed(file: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "settings"
    real.parent.mkdir()
    real.write_text("OTHER=1\n")
    file.symlink_to(real)
    keep(file, {"COMETAPI_KEY": "sk-1"})
    assert file.is_symlink()
    assert real.read_text() == "OTHER=1\nCOMETAPI_KEY=sk-1\n"


def test_where_it_cannot_be_written_a_sentence_says_so_and_nothing_changes(file: Path) -> None:
    file.write_text("OTHER=1\n")
    file.chmod(0o400)
    with pytest.raises(OSError, match="is read-only"):
        check_writable(file)
    with pytest.raises(OSError, match="Make it writable: chmod"):
        keep(file, NEW)
    assert file.read_text() == "OTHER=1\n"
    with pytest.raises(OSError, match="imagine-bot setup --print"):
        check_writable(file / "in")
    with pytest.raises(OSError, match="imagine-bot setup --print"):
        keep(Path("/proc/nowhere/.env"), NEW)


def test_a_failure_leaves_the_old_file(file: Path) -> None:
    file.write_text("OTHER=1\n")
    with pytest.raises(UnicodeEncodeError):
        keep(file, {"COMETAPI_KEY": "\ud800"})
    assert file.read_text() == "OTHER=1\n"
    assert list(file.parent.iterdir()) == [file]
