"""Tools that a machine may lack: what they check is then skipped, and the report says why."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

PACKAGES: Mapping[str, str] = {
    "docker-compose": "docker-compose",
    "nginx": "nginx-light",
    "promtool": "prometheus",
    "systemd-analyze": "systemd",
}
"""The package of Debian that brings each of them; `.ci/run` installs them all."""


def tool(name: str) -> str:
    """Return where a tool is, or skip the test."""
    # Debian has nginx where only root's shell looks.
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} isn't installed (Debian's package {PACKAGES[name]})")
    return found


def checked(*command: str, folder: Path | None = None, given: str = "") -> str:
    """Run a tool's check and return what it says; a check that fails is the test's failure, with the tool's words."""
    ran = subprocess.run(command, cwd=folder, input=given, capture_output=True, text=True, check=False, timeout=60)
    said = ran.stdout + ran.stderr
    assert ran.returncode == 0, f"{' '.join(command)}\n{said}"
    return said
