"""Settings, as an operator gets them wrong."""

import pytest

from bot.settings import Settings, load


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("HTTP_PORT", "many", "HTTP_PORT: input should be a valid integer"),
        ("HTTP_PORT", "70000", "HTTP_PORT: input should be less than or equal to 65535"),
        ("QUOTA_PERIOD", "year", "QUOTA_PERIOD: input should be 'day', 'week' or 'month'"),
        ("QUOTA_TIMEZONE", "Mars/Olympus", "QUOTA_TIMEZONE: give a name of the time zone database"),
        ("COMETAPI_BASE_URL", "api.cometapi.com", "COMETAPI_BASE_URL: give an address such as https://"),
    ],
)
def test_a_bad_value_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str, line: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError) as error:
        load()
    assert str(error.value).startswith(line)
    assert "\n" not in str(error.value)


def test_every_bad_value_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PORT", "x")
    monkeypatch.setenv("QUOTA_IMAGES", "-1")
    with pytest.raises(ValueError) as error:
        load()
    assert len(str(error.value).splitlines()) == 2


@pytest.mark.parametrize("given", ["https://gw.example", "https://gw.example/", "https://gw.example/v1/"])
def test_the_gateway_is_named_with_or_without_its_version(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("COMETAPI_BASE_URL", given)
    assert load().cometapi_base_url == "https://gw.example/v1"


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_MODELS", "dall-e-3, qwen-image,")
    assert load().allowed_models == ("dall-e-3", "qwen-image")


def test_a_secret_is_not_shown() -> None:
    assert "sk-secret" not in repr(Settings.model_validate({"cometapi_key": "sk-secret"}))
