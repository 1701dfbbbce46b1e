"""A lock that pip would have to complete by itself is refused; a first try that failed does not spoil the second."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pip
import pytest

from tests.support.locks import ROOT, problems

LOCK = (ROOT / "requirements-dev.txt").read_text()
ASKED = ("pytest-cov>=7.1",)


def without(package: str) -> str:
    return re.sub(rf"(?m)^{re.escape(package)}==.*(\n    .*)*\n", "", LOCK)


@pytest.mark.parametrize(
    ("lock", "sentence"),
    [
        (LOCK.replace("coverage[toml]==", "coverage=="), "pytest-cov asks for coverage[toml], which the pin lacks"),
        (without("coverage[toml]"), "pytest-cov asks for coverage, which the lock lacks"),
        (without("pytest-cov"), "the project asks for pytest-cov, which the lock lacks"),
        (re.sub(r"(?m)^pluggy==", "pluggy>=", LOCK), "pip would choose the version"),
        (re.sub(r"(?m)^pluggy==\S+", "pluggy==1.*", LOCK), "pip would choose the version"),
        (re.sub(r"(?m)^pluggy==\S+", "pluggy==0.1", LOCK), "pytest asks for pluggy"),
        (re.sub(r"(?m)^pluggy==\S+", "pluggy==99", LOCK), "is installed here, not ==99"),
        (re.sub(r"(?m)^(pluggy==\S+) \\\n(    --hash.*\n)+", r"\1\n", LOCK), "has no hash"),
        (LOCK + "\n--index-url https://elsewhere.example/simple\n", "not a pin of one version"),
        (LOCK + "\npytest-extra==1.0 --hash=sha256:00\n", "pytest-extra: not installed here"),
    ],
)
def test_a_lock_that_leaves_something_open_is_refused(lock: str, sentence: str) -> None:
    assert any(sentence in problem for problem in problems(lock, ASKED)), list(problems(lock, ASKED))


def test_the_locks_of_the_project_leave_nothing_open() -> None:
    assert not list(problems(LOCK, ASKED))


BACKEND = """
import zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "tiny-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("tiny-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1\\n")
        wheel.writestr("tiny-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("tiny-1.dist-info/RECORD", "")
    return name
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Make a project that takes nothing from elsewhere, installed by this one's Makefile."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    build = '[build-system]\nrequires = []\nbuild-backend = "tiny"\nbackend-path = ["."]\n'
    (tmp_path / "pyproject.toml").write_text(f'{build}[project]\nname = "tiny"\nversion = "1"\n')
    (tmp_path / "tiny.py").write_text(BACKEND)
    return tmp_path


def make(folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "install", f"PYTHON={python}"], cwd=folder, capture_output=True, text=True)


def left_by_debian_without_venv(folder: Path) -> None:
    """Without python3-venv, `venv` fails there and leaves an environment that lacks pip."""
    without_pip = f"{sys.executable} -m venv --without-pip .venv && echo ensurepip is not available && exit 1"
    (folder / "python").write_text(f"#!/bin/sh\ncase $1 in -m) {without_pip};; esac\n")
    (folder / "python").chmod(0o755)
    failed = make(folder, "./python")
    assert failed.returncode != 0
    assert "ensurepip is not available" in failed.stdout
    assert (folder / ".venv/bin/python").exists()


def copying_pip(folder: Path) -> str:
    """Make a Python whose environments get this one's pip: to install another takes longer than all the rest."""
    package = Path(pip.__file__).parent
    place = ".venv/lib/python{}.{}/site-packages/".format(*sys.version_info)
    main = "#!$PWD/.venv/bin/python\\nfrom pip._internal.cli.main import main\\nraise SystemExit(main())\\n"
    (folder / "python").write_text(
        "#!/bin/sh\nset -e\n"
        f'[ "$1" = -m ] || exec {sys.executable} "$@"\n'
        f'{sys.executable} "$@" --without-pip\n'
        f"cp -r {package} {place}\n"
        f'printf "{main}" > .venv/bin/pip\nchmod +x .venv/bin/pip\n'
    )
    (folder / "python").chmod(0o755)
    return "./python"


def test_what_a_failed_try_left_behind_is_made_again(tiny: Path) -> None:
    left_by_debian_without_venv(tiny)
    done = make(tiny, copying_pip(tiny))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [*tiny.glob(".venv/lib/python*/site-packages/tiny-1.dist-info/METADATA")]


def test_an_environment_whose_python_has_gone_is_made_again(tiny: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", ".venv"], cwd=tiny, check=True)
    (tiny / ".venv/bin/python").unlink()
    (tiny / ".venv/bin/python").symlink_to(tiny / "gone")
    (tiny / ".venv/.installed").touch()
    (tiny / "python").write_text('#!/bin/sh\n[ "$1" = -c ] || { echo "asked for: $*"; exit 1; }\n')
    (tiny / "python").chmod(0o755)
    assert "asked for: -m venv --clear .venv" in make(tiny, "./python").stdout
