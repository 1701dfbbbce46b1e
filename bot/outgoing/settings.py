"""The settings of every client that goes out: proxies and certificates."""

from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo, field_validator

from bot.core.internet import check_encrypted
from bot.core.message import message
from bot.core.ways_out import Proxy, WaysOut, entries
from bot.outgoing.certificates import check, trusting


def _parsed(value: object) -> object:
    if not isinstance(value, str):
        return value
    return Proxy.parse(value.strip()) if value.strip() else None


def encrypted(url: str, info: ValidationInfo) -> str:
    """Return a URL that secrets are sent to. Raises ValueError for one that they would reach unencrypted."""
    if not info.data.get("allow_http"):
        check_encrypted(url)
    return url


def _password_encrypted(proxy: Proxy | None, info: ValidationInfo) -> Proxy | None:
    if proxy is not None and proxy.login:
        encrypted(proxy.url, info)
    return proxy


ProxySetting = Annotated[Proxy | None, BeforeValidator(_parsed), AfterValidator(_password_encrypted)]


class WaysOutSettings(BaseModel):
    """Proxies, and certificates to trust, under the names that other programs read them by."""

    model_config = ConfigDict(defer_build=True)

    allow_http: bool = False
    https_proxy: ProxySetting = None
    http_proxy: ProxySetting = None
    all_proxy: ProxySetting = None
    no_proxy: str | None = None
    ssl_cert_file: Path | None = None

    @field_validator("all_proxy", mode="before")
    @classmethod
    def _if_needed(cls, value: object, info: ValidationInfo) -> object:
        """Leave out a proxy that isn't used: often a SOCKS one for other programs, next to two HTTP proxies."""
        return None if info.data.get("https_proxy") and info.data.get("http_proxy") else value

    @field_validator("ssl_cert_file")
    @classmethod
    def _certificates(cls, value: Path | None) -> Path | None:
        if value is None:
            return None
        try:
            check(value)
        except (OSError, ValueError) as error:
            raise ValueError(
                message("{file} can't be read as a file of certificates (PEM).", file=str(value))
            ) from error
        return value

    @cached_property
    def ways_out(self) -> WaysOut:
        """The decision for every request."""
        return WaysOut(
            https=self.https_proxy or self.all_proxy,
            http=self.http_proxy or self.all_proxy,
            direct=entries(self.no_proxy or ""),
            certificates=trusting(self.ssl_cert_file) if self.ssl_cert_file else None,
            certificate_file=str(self.ssl_cert_file or ""),
        )
