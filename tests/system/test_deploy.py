"""The files that operators copy from `deploy/` are right: their tools say so, and nginx passes on Slack's requests."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from bot.settings import Settings
from tests.conftest import StartBot
from tests.fakes.slack import FakeSlack
from tests.fakes.slack_driver import SlackDriver, settings_for
from tests.support.process import free_port
from tests.support.tools import checked, tool

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
TLS = ROOT / "tests" / "fixtures" / "tls"
COMPOSE = ("compose.yaml", "deploy/compose.yaml")
GOODBYES = 10
"""Seconds that the bot may take after its grace, for what it says and closes at its end."""
MOST_EXPOSED = "12"
"""In tenths. `systemd-analyze security` calls up to 40 OK; a service without any of the bot's restrictions has 96."""


def test_the_unit_is_one_and_exposes_little(tmp_path: Path) -> None:
    analyze = tool("systemd-analyze")
    said = DEPLOY.joinpath("imagine-bot.service").read_text("utf-8")
    unit = tmp_path / "imagine-bot.service"
    # What it starts has to be there; how it gets there is in docs/operating.md, and tested with it.
    unit.write_text(re.sub(r"=(file://)?/opt/imagine-bot/\S+", r"=\1/bin/true", said), "utf-8")
    assert not checked(analyze, "verify", str(unit))
    checked(analyze, "security", "--offline=true", "--no-pager", f"--threshold={MOST_EXPOSED}", str(unit))


def test_every_way_of_deploying_lets_running_jobs_end() -> None:
    grace = Settings.model_fields["shutdown_grace"].default
    unit = DEPLOY.joinpath("imagine-bot.service").read_text("utf-8")
    given = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    given += re.findall(r"stop_grace_period: (\d+)s", ROOT.joinpath("compose.yaml").read_text("utf-8"))
    given += re.findall(r"--stop-timeout (\d+)", ROOT.joinpath("docs", "operating.md").read_text("utf-8"))
    assert len(given) == 3
    assert all(int(seconds) >= grace + GOODBYES for seconds in given)


def test_the_compose_files_fit_each_other(tmp_path: Path) -> None:
    compose = tool("docker-compose")
    (tmp_path / "deploy").mkdir()
    for name in COMPOSE:
        # Debian's docker-compose knows no file that may be missing: that is of compose 2.24.
        said = ROOT.joinpath(name).read_text("utf-8").replace("- path: .env\n        required: false\n", "- .env\n")
        tmp_path.joinpath(name).write_text(said, "utf-8")
    (tmp_path / ".env").write_text("COMETAPI_KEY=sk-test\nPOSTGRES_PASSWORD=wordpass\n")
    said = checked(compose, *(argument for name in COMPOSE for argument in ("-f", name)), "config", folder=tmp_path)
    assert "sk-test" in said  # the settings reach the bot
    assert "postgresql://imagine:wordpass@postgres/imagine" in said
    mounted = re.findall(rf"{tmp_path}/(\S+?):", said)
    assert mounted
    assert all((ROOT / path).is_file() for path in mounted)


def test_the_set_up_writes_where_the_bot_reads_and_gets_nothing_that_goes_before_it(tmp_path: Path) -> None:
    said = services()
    set_up = said["setup"]
    assert "env_file" not in set_up  # else the old values would be the environment's, and go before new ones
    assert (set_up["working_dir"], set_up["volumes"]) == ("/setup", [".:/setup"])
    assert set_up["profiles"] == ["setup"]  # `up` doesn't start it
    assert said["imagine-bot"]["env_file"] == [{"path": ".env", "required": False}]


def services() -> dict[str, dict[str, Any]]:
    """Return what the compose files say of each service, the later file's words last."""
    found: dict[str, dict[str, Any]] = {}
    for name in COMPOSE:
        for service, said in yaml.safe_load((ROOT / name).read_text("utf-8"))["services"].items():
            found[service] = {**found.get(service, {}), **said}
    return found


@pytest.mark.parametrize("service", services())
def test_a_container_may_do_no_more_than_it_has_to(service: str) -> None:
    said = services()[service]
    assert said["read_only"] is True
    assert said["cap_drop"] == ["ALL"]
    assert "cap_add" not in said
    assert said["security_opt"] == ["no-new-privileges:true"]
    assert said["mem_limit"]
    assert 0 < said["pids_limit"] <= 512
    assert all(re.search(r":.*size=\d+m", each) for each in said["tmpfs"])
    assert not said.get("privileged")


def test_ports_are_published_on_this_machine_alone_and_the_demo_needs_nothing() -> None:
    found = services()
    assert all(port.startswith("127.0.0.1:") for said in found.values() for port in said.get("ports", ()))
    demo = found["demo"]
    assert demo["command"].split()[1:] == ["demo"]
    assert "env_file" not in demo
    port = demo["environment"]["HTTP_PORT"]
    assert demo["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_the_image_names_its_user_by_number_and_gives_it_the_volume() -> None:
    """By number, so that Kubernetes can tell that it isn't root."""
    said = ROOT.joinpath("Dockerfile").read_text("utf-8")
    assert re.findall(r"^USER (.+)$", said, re.MULTILINE) == ["10001:10001"]
    assert "install --directory --mode 700 --owner 10001 --group 10001 /app/data" in said
    assert re.findall(r"^VOLUME (.+)$", said, re.MULTILINE) == ["/app/data"]


def test_both_stages_have_one_base_which_can_be_given_by_its_digest() -> None:
    said = ROOT.joinpath("Dockerfile").read_text("utf-8")
    assert re.findall(r"^(ARG BASE|FROM \S+)", said, re.MULTILINE) == ["ARG BASE", "FROM ${BASE}", "FROM ${BASE}"]


def test_prometheus_takes_its_file_and_each_alert_fires_when_it_should() -> None:
    promtool = tool("promtool")
    checked(promtool, "check", "config", str(DEPLOY / "prometheus.yml"))
    checked(promtool, "test", "rules", str(ROOT / "tests" / "fixtures" / "alerts.yml"))


def test_every_alert_has_a_test_and_the_page_says_what_to_do() -> None:
    alerts = re.findall(r"- alert: (\w+)", DEPLOY.joinpath("alerts.yml").read_text("utf-8"))
    tested = re.findall(r"alertname: (\w+)", ROOT.joinpath("tests", "fixtures", "alerts.yml").read_text("utf-8"))
    page = ROOT.joinpath("docs", "operating.md").read_text("utf-8")
    assert len(alerts) > 10
    assert set(alerts) == set(tested) == set(re.findall(r"^\| `(Imagine\w+)` \|", page, re.MULTILINE))


@asynccontextmanager
async def nginx(folder: Path, bot: str) -> AsyncIterator[tuple[str, aiohttp.ClientSession]]:
    """Run nginx with the file of `deploy/`, at other ports and with another certificate, in front of a bot."""
    command, port = tool("nginx"), free_port()
    site = DEPLOY.joinpath("nginx.conf").read_text("utf-8")
    site = site.replace("127.0.0.1:8080", bot.removeprefix("http://")).replace("listen 443", f"listen 127.0.0.1:{port}")
    site = re.sub(r"/etc/letsencrypt/\S+\.pem", str(TLS / "server.pem"), site)
    (folder / "site.conf").write_text(site, "utf-8")
    kept = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = f"daemon off;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\n"
    (folder / "nginx.conf").write_text(f"{main}http {{\naccess_log off;\n{kept}include {folder}/site.conf;\n}}\n")
    arguments = ["-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", "stderr"]
    checked(command, "-t", *arguments)
    serving = await asyncio.create_subprocess_exec(command, *arguments)
    try:
        async with asyncio.timeout(60):
            while not (folder / "pid").read_text():  # empty after the check
                await asyncio.sleep(0.01)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as session:
            yield f"https://127.0.0.1:{port}", session
    finally:
        serving.terminate()
        await serving.wait()


async def test_nginx_passes_on_what_slack_sends_and_nothing_else(start_bot: StartBot, tmp_path: Path) -> None:
    folder = tmp_path / "nginx"
    folder.mkdir()
    async with (
        FakeSlack() as slack,
        start_bot(**settings_for(slack, "http")) as bot,
        nginx(folder, bot.url) as (url, strangers),
    ):
        slack.bot_url = url
        people = SlackDriver(slack)
        await people.imagine("a paper boat, Zoë’s 🦊")
        await people.wait_for(lambda seen: bool(seen.images))
        assert slack.deliveries[0].acknowledged
        for path, status in {"/healthz": 200, "/metrics": 404, "/readyz": 404, "/": 404, "/slack/events": 403}.items():
            async with strangers.get(url + path) as answer:
                assert (path, answer.status) == (path, status)
        async with strangers.post(f"{url}/slack/events", data="payload={}") as answer:
            assert answer.status == 401
