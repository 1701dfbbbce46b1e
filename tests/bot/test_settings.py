"""Settings, as an operator gets them wrong."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.cli.settings_read import remarks
from bot.core.ways_out import Proxy
from bot.settings import Settings, load
from storage.bucket import endpoint


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("HTTP_PORT", "many", "HTTP_PORT: Write a whole number."),
        ("HTTP_PORT", "70000", "HTTP_PORT: Write a number that is at most 65535."),
        ("QUOTA_PERIOD", "year", "QUOTA_PERIOD: Write one of these: day, week, month"),
        ("QUOTA_TIMEZONE", "Mars/Olympus", "QUOTA_TIMEZONE: Write the name of a time zone"),
        ("COMETAPI_BASE_URL", "api.cometapi.com", "COMETAPI_BASE_URL: Write an address such as https://"),
        ("COMETAPI_BASE_URL", "http://127.0.0.1:http/v1", "COMETAPI_BASE_URL: Write an address such as https://"),
        ("COMETAPI_BASE_URL", "https://gw.example/v1 mine", "COMETAPI_BASE_URL: Write an address such as https://"),
        ("COMETAPI_BASE_URL", "“https://gw.example/v1”", "COMETAPI_BASE_URL: Write an address such as https://"),
        ("COMETAPI_BASE_URL", "<https://gw.example/v1>", "COMETAPI_BASE_URL: Write an address such as https://"),
        ("COMETAPI_BASE_URL", "https://gw.example/v1,", "COMETAPI_BASE_URL: Write an address such as https://"),
        ("COMETAPI_BASE_URL", "https://www.cometapi.com", "COMETAPI_BASE_URL: Write an address such as https://"),
        ("COMETAPI_BASE_URL", "https://api.cometapi.com/console/token", "COMETAPI_BASE_URL: Write an address such as"),
        ("DISCORD_API_URL", "https://discord.com", "DISCORD_API_URL: Write an address such as https://discord.com/api"),
        ("SLACK_API_URL", "https://slack.com/api/chat.postMessage", "SLACK_API_URL: Write an address such as https://"),
        ("COMETAPI_BASE_URL", "https://me:secret@gw.example", "COMETAPI_BASE_URL: Write the address without a user"),
        ("DISCORD_API_URL", "discord.com/api", "DISCORD_API_URL: Write an address such as https://discord.com/api/v10"),
        ("DISCORD_GATEWAY_URL", "https://gateway.discord.gg", "DISCORD_GATEWAY_URL: Write an address such as wss://"),
        ("DISCORD_SERVERS", "my server", "DISCORD_SERVERS: Write the servers' ids, separated by commas."),
        ("DISCORD_SERVERS", "123,-4", "DISCORD_SERVERS: Write the servers' ids, separated by commas."),
        ("DISCORD_SERVERS", "9" * 21, "DISCORD_SERVERS: Write the servers' ids, separated by commas."),
        ("DISCORD_ELSEWHERE", "all", "DISCORD_ELSEWHERE: Write one of these: members, everyone, nobody"),
        ("DISCORD_ELSEWHERE", "members", "DISCORD_ELSEWHERE: Set DISCORD_SERVERS too: it says whose members may draw."),
        ("SLACK_API_URL", "slack.com", "SLACK_API_URL: Write an address such as https://slack.com/api/"),
        ("IMAGE_STORE", "gs://bucket", "IMAGE_STORE: Write a folder, or s3://bucket/prefix"),
        ("IMAGE_STORE", "~/images", "IMAGE_STORE: Write the whole path, such as /data/images."),
        ("IMAGE_STORE", "C:\\bot\\images", "IMAGE_STORE: Write the whole path, such as /data/images."),
        ("LANGUAGE_FOLDER", "no/such/folder", "LANGUAGE_FOLDER: There is no folder no/such/folder"),
        ("IMAGE_RETENTION_DAYS", "99999999999", "IMAGE_RETENTION_DAYS: Write a number that is at most 36500."),
        ("MAX_CONCURRENT_JOBS", "9" * 30, "MAX_CONCURRENT_JOBS: Write a number that is at most 100000."),
        ("GENERATION_TIMEOUT", "inf", "GENERATION_TIMEOUT: Write a number that is at most 86400."),
        ("SHUTDOWN_GRACE", "inf", "SHUTDOWN_GRACE: Write a number that is at most 86400."),
        ("SLACK_QUOTA_COMMAND", "/My quota", "SLACK_QUOTA_COMMAND: Write a name such as /imagine"),
        ("COMETAPI_KEY", "sk-one\nsk-two", "COMETAPI_KEY: It contains a space"),
        ("DISCORD_TOKEN", "“token”", "DISCORD_TOKEN: It contains a space"),
        ("HTTPS_PROXY", "proxy:3128", "HTTPS_PROXY: Write an HTTP proxy such as http://proxy.example.com:3128"),
        ("https_proxy", "proxy.example.com", "HTTPS_PROXY: Write an HTTP proxy such as http://"),
        ("HTTP_PROXY", "http://me:secret@proxy :3128", "HTTP_PROXY: Write an HTTP proxy such as http://"),
        ("ALL_PROXY", "socks5h://me:secret@proxy:1080", "ALL_PROXY: SOCKS is not supported. Write an HTTP proxy"),
        ("DISCORD_PROXY", "http://me:secret@proxy:many", "DISCORD_PROXY: Write an HTTP proxy such as http://"),
        ("HTTPS_PROXY", "http://me:secret@proxy/path", "HTTPS_PROXY: Write an HTTP proxy such as http://"),
        ("HTTPS_PROXY", "http://", "HTTPS_PROXY: Write an HTTP proxy such as http://"),
        ("SSL_CERT_FILE", "no/such.pem", "SSL_CERT_FILE: no/such.pem can't be read as a file of certificates (PEM)."),
        ("SSL_CERT_FILE", __file__, f"SSL_CERT_FILE: {__file__} can't be read as a file of certificates"),
    ],
)
def test_a_bad_value_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str, line: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError) as error:
        load()
    assert str(error.value).startswith(line)
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)


# Where each kind of address sends secrets.
PLAIN = {
    "COMETAPI_BASE_URL": "http://{host}/v1",
    "COMETAPI_BALANCE_URL": "http://{host}/user/quota",
    "DISCORD_API_URL": "http://{host}/api/v10",
    "DISCORD_GATEWAY_URL": "ws://{host}/",
    "SLACK_API_URL": "http://{host}/api/",
    "HTTPS_PROXY": "http://me:secret@{host}",
    "http_proxy": "http://me:secret@{host}",
    "ALL_PROXY": "http://me:secret@{host}",
    "DISCORD_PROXY": "http://me:secret@{host}",
}
OUTSIDE = ("gateway.example.com", "93.184.216.34:8080", "[2606:2800:220:1::1]", "[::ffff:93.184.216.34]", "0x5db8d822")
INSIDE = (
    *("127.0.0.1:8080", "localhost:8080", "[::1]", "10.1.2.3", "192.168.1.9:1", "[fd00::1]", "gateway:8080"),
    *("gateway.internal", "GATEWAY.LOCAL.", "api.default.svc.cluster.local"),
)


def test_every_address_of_the_settings_is_looked_at() -> None:
    named = {name for name in Settings.model_fields if name.endswith(("_url", "_proxy", "_api", "_endpoint"))}
    assert {name.lower() for name in PLAIN} == named - {"database_url", "no_proxy"}


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("host", OUTSIDE)
def test_no_secret_goes_unencrypted_over_the_internet_unless_that_is_meant(
    monkeypatch: pytest.MonkeyPatch, name: str, host: str
) -> None:
    monkeypatch.setenv(name, PLAIN[name].format(host=host))
    with pytest.raises(ValueError) as error:
        load()
    (line,) = str(error.value).splitlines()
    assert line.startswith(f"{name.upper()}: Write ")
    assert "ALLOW_HTTP=1" in line
    assert "secret@" not in line
    monkeypatch.setenv("ALLOW_HTTP", "1")
    load()


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("host", INSIDE)
def test_ones_own_network_needs_no_encryption(monkeypatch: pytest.MonkeyPatch, name: str, host: str) -> None:
    monkeypatch.setenv(name, PLAIN[name].format(host=host))
    load()


def test_a_proxy_without_a_password_has_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    assert load().ways_out.https == Proxy(url="http://proxy.example.com:3128")


def test_every_bad_value_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PORT", "x")
    monkeypatch.setenv("QUOTA_IMAGES", "-1")
    with pytest.raises(ValueError) as error:
        load()
    assert len(str(error.value).splitlines()) == 2


@pytest.mark.parametrize(
    "given",
    [
        "https://gw.example",
        "https://gw.example/",
        "https://gw.example/v1/",
        "https://gw.example/v1/images/generations",
        "https://gw.example/v1/images/edits/",
        "https://gw.example/images/generations",
        "https://gw.example/v1/chat/completions",
        "https://gw.example/v1/models?limit=1",
        "https://gw.example/v1 # mine",
        "'https://gw.example/v1'\t# mine",
        "COMETAPI_BASE_URL=https://gw.example/v1",
        'export COMETAPI_BASE_URL="https://gw.example/v1"',
    ],
)
def test_what_was_pasted_around_the_gateways_address_is_cut_off(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("COMETAPI_BASE_URL", given)
    assert load().cometapi_base_url == "https://gw.example/v1"


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_MODELS", "dall-e-3, qwen-image,")
    monkeypatch.setenv("DISCORD_SERVERS", "800000000000000001, 800000000000000002,")
    assert load().allowed_models == ("dall-e-3", "qwen-image")
    assert load().discord_servers == (800000000000000001, 800000000000000002)


@pytest.mark.parametrize(
    ("servers", "elsewhere", "who"),
    [
        ("", "", "everyone"),
        ("", "Nobody", "nobody"),
        ("8", "", "members"),
        ("8", "MEMBERS", "members"),
        ("8", "everyone", "everyone"),
    ],
)
def test_members_alone_draw_elsewhere_once_servers_are_named(
    monkeypatch: pytest.MonkeyPatch, servers: str, elsewhere: str, who: str
) -> None:
    monkeypatch.setenv("DISCORD_SERVERS", servers)
    monkeypatch.setenv("DISCORD_ELSEWHERE", elsewhere)
    assert load().elsewhere == who


@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_a_blank_secret_is_not_set(monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    monkeypatch.setenv("COMETAPI_KEY", blank)
    assert load().cometapi_key is None


def test_proxies_are_read_from_the_file_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("HTTPS_PROXY=http://file:1\nno_proxy=.example.com\nALL_PROXY=http://file:2\n")
    ways = load().ways_out
    assert [getattr(ways.proxy(url), "url", "") for url in ("https://discord.com", "http://discord.com")] == [
        "http://file:1",
        "http://file:2",
    ]
    assert ways.proxy("https://s3.example.com") is None
    monkeypatch.setenv("HTTPS_PROXY", "http://upper:1")
    monkeypatch.setenv("https_proxy", "http://lower:1")  # which counts more, as for other programs
    assert load().ways_out.https == Proxy(url="http://lower:1")
    monkeypatch.setenv("https_proxy", "")
    assert load().ways_out.https == Proxy(url="http://upper:1")


def test_a_socks_proxy_that_only_others_would_use_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:7890")
    monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:7890")
    assert load().ways_out.https == load().ways_out.http == Proxy(url="http://127.0.0.1:7890")


@pytest.mark.parametrize("written", [b"\xff\xfeC\x00", "PLAYGROUND=1\n".encode("utf-16-le"), b"NAME=\xe9\n"])
def test_a_file_that_is_no_text_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, written: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes(written)
    with pytest.raises(ValueError, match=r"^\.env: This file is not text"):
        load()


def test_a_file_that_is_a_folder_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").mkdir()
    with pytest.raises(ValueError, match=r"^\.env: This is a folder"):
        load()


def test_a_value_in_the_file_is_what_is_written_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ada")
    written = "DATABASE_URL=postgresql://ada:a${HOME}b$HOME@db/imagine\nCOMETAPI_KEY='sk-1'\n"
    (tmp_path / ".env").write_text(written, "utf-8-sig")
    assert load().database_url == "postgresql://ada:a${HOME}b$HOME@db/imagine"
    assert load().cometapi_key == SecretStr("sk-1")


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_pair_of_quotes_in_the_environment_is_taken_off(monkeypatch: pytest.MonkeyPatch, quote: str) -> None:
    """Docker's --env-file leaves them."""
    monkeypatch.setenv("IMAGE_STORE", f"{quote}data/it's images{quote}")
    monkeypatch.setenv("https_proxy", f"{quote}http://proxy:3128{quote}")
    monkeypatch.setenv("AWS_REGION", f"{quote}eu-north-1{quote}")
    monkeypatch.setenv("BLOCKED", f"{quote}")
    assert load().image_store == "data/it's images"
    assert load().ways_out.https == Proxy(url="http://proxy:3128")
    assert load().bucket == {"aws_region": "eu-north-1"}
    assert "//s3.eu-north-1." in endpoint(load().bucket)


@pytest.mark.parametrize(
    "given",
    ["sk-1", " sk-1\n", '"sk-1"', "'sk-1' # mine", "sk-1 # mine", "Bearer sk-1", "COMETAPI_KEY=sk-1", "'Bearer sk-1'"],
)
def test_what_was_pasted_around_a_key_is_cut_off(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("COMETAPI_KEY", given)
    monkeypatch.setenv("DISCORD_TOKEN", "Bot a.b#c")
    assert load().cometapi_key == SecretStr("sk-1")
    assert load().discord_token == SecretStr("a.b#c")


FILE = """
BUDGET_IMAGE=secret
COMETAPI_URL=secret
DISCORD_TOKN=secret
AWS_ACCES_KEY_ID=secret
POSTGRES_PASSWORD=secret
QUOTA_IMAGES=5
QUOTA_IMAGES=6
QUOTA_PERIOD: secret
HTTP_PORT
quota_timezone=UTC
LOG_LEVEL=info
IMAGE_STORE=secret
"""


def test_what_has_no_effect_is_told_without_its_value(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(FILE)
    for name, value in {"MAX_CONCURENT_JOBS": "secret", "LOG_LEVEL": "'info'", "IMAGE_STORE": "secret too"}.items():
        monkeypatch.setenv(name, value)
    told = [str(remark) for remark in remarks(load().file)]
    assert told == [
        "QUOTA_IMAGES is set twice in .env. The last one counts.",
        "Line 9 of .env has no effect. Write NAME=value.",
        "Line 10 of .env has no effect. Write NAME=value.",
        "AWS_ACCES_KEY_ID is no setting. Did you mean AWS_ACCESS_KEY_ID?",
        "BUDGET_IMAGE is no setting. Did you mean BUDGET_IMAGES?",
        "COMETAPI_URL is no setting. Did you mean COMETAPI_BASE_URL?",
        "DISCORD_TOKN is no setting. Did you mean DISCORD_TOKEN?",
        "IMAGE_STORE in .env has no effect: the environment has another value, which counts.",
        "These names in .env are no settings of the bot: POSTGRES_PASSWORD",
        "MAX_CONCURENT_JOBS is no setting. Did you mean MAX_CONCURRENT_JOBS?",
    ]


ELSEWHERE = (
    "PATH HOME LANG TERM HOSTNAME FTP_PROXY SSL_CERT_DIR NIX_SSL_CERT_FILE AWS_PROFILE AWS_EXECUTION_ENV"
    " KUBERNETES_PORT PYTHONPATH DBUS_SESSION_BUS_ADDRESS INVOCATION_ID JOURNAL_STREAM"
    " SYSTEMD_EXEC_PID DATABASE_URL quota_images"
)


def test_nothing_is_told_of_names_that_every_machine_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ELSEWHERE.split():
        monkeypatch.setenv(name, "sqlite:///1" if name == "DATABASE_URL" else "1")
    assert remarks(load().file) == ()


def test_a_secret_is_not_shown() -> None:
    assert "sk-secret" not in repr(Settings.model_validate({"cometapi_key": "sk-secret"}))
