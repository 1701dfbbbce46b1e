"""A bucket of S3, or of a service with its protocol: opened as `AWS_…` say and by the decided way out, and used."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

from obstore.store import ObjectStore, S3Store

from bot.core.errors import StorageError
from bot.core.internet import check_encrypted
from bot.core.message import message, of_error
from bot.core.ways_out import Proxy, WaysOut

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

_SHORTER = timedelta(seconds=20)
_YES = frozenset({"1", "true", "on", "yes", "y"})
# What the library takes, as https://developmentseed.org/obstore/latest/api/store/aws names it; it reads the environment
# by itself, and ends the process for a name that it doesn't know.
_NAMES = """
    access_key_id secret_access_key session_token token region default_region endpoint endpoint_url checksum_algorithm
    conditional_put container_credentials_relative_uri container_credentials_full_uri
    container_authorization_token_file copy_if_not_exists disable_tagging disable_bulk_delete metadata_endpoint
    request_payer role_arn role_session_name server_side_encryption skip_signature sse_bucket_key_enabled
    sse_kms_key_id endpoint_url_sts unsigned_payload virtual_hosted_style_request web_identity_token_file
    imdsv1_fallback s3_express sse_customer_key_base64
"""
SETTINGS = frozenset(f"aws_{name}" for name in (*_NAMES.split(), "allow_http", "endpoint_url_s3"))
"""All settings of a bucket, by their names in lower case."""
_ADDRESSES = (
    "aws_endpoint_url_s3",
    "aws_endpoint_url",
    "aws_endpoint",
    "aws_endpoint_url_sts",
    "aws_container_credentials_full_uri",
    "aws_metadata_endpoint",
)
# Roles and keys of the machine come from here; this machine itself is never behind a proxy.
_NEVER_BEHIND = ("169.254.0.0/16", "127.0.0.0/8", "::1", "localhost")
_EVERYTHING = ("*", "0.0.0.0/0", "::/0")


class Bucket:
    """The objects below a prefix, by keys such as `job/0.png`. An object appears whole or not at all."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, key: str, data: bytes) -> None:
        """Store an object."""
        await self._store.put_async(key, data)

    async def get(self, key: str) -> bytes:
        """Return an object. Raises FileNotFoundError."""
        return bytes(await (await self._store.get_async(key)).bytes_async())

    async def names(self, prefix: str, *, folders: bool) -> Sequence[str]:
        """Return the names of the common prefixes, or of the objects, directly below a prefix."""
        found = await self._store.list_with_delimiter_async(prefix)
        paths = found["common_prefixes"] if folders else [entry["path"] for entry in found["objects"]]
        return [path.rpartition("/")[2] for path in paths]

    async def first(self, wanted: Callable[[str], bool]) -> str | None:
        """Return the first wanted key; None if no key is wanted."""
        async for page in self._store.list():
            for entry in page:
                if wanted(entry["path"]):
                    return entry["path"]
        return None

    async def delete(self, folder: str, names: Sequence[str]) -> None:
        """Delete objects. Missing files count as deleted."""
        await self._store.delete_async([f"{folder}/{name}" for name in names])

    async def unfinished(self, before: datetime) -> Sequence[str]:
        """Return nothing: an object that was not written to its end has no key."""
        return ()


def open_bucket(place: str, given: Mapping[str, str], ways_out: WaysOut) -> Bucket:
    """Open `s3://bucket/prefix`. `given` are `AWS_…` that count more than the environment, by names in lower case.

    Raises StorageError, or what the library raises.
    """
    url = urlsplit(endpoint(given))
    allowed = _value("aws_allow_http", given).lower() in _YES
    plain = any(_value(name, given).lower().startswith("http:") for name in _ADDRESSES)
    if plain and not allowed:
        _check_encrypted(given)
    options: ClientConfig = {
        "timeout": _SHORTER,
        "connect_timeout": timedelta(seconds=5),
        "allow_http": plain or allowed,
    }
    if known := ways_out.https or ways_out.http:
        # The library would read the environment otherwise.
        proxy = ways_out.proxy(urlunsplit(url))
        options["proxy_url"] = _with_login(proxy or known)
        options["proxy_excludes"] = ",".join((*_excluded(ways_out), *(() if proxy else (url.hostname or "",))))
    if ways_out.certificate_file:
        options["root_certificate"] = Path(ways_out.certificate_file).read_bytes()
    names = _NAMES.split()
    config: Any = {name: value for name, value in given.items() if name.removeprefix("aws_") in names}
    if "aws_endpoint_url_s3" in given:
        config["aws_endpoint_url"] = given["aws_endpoint_url_s3"]
    retries: RetryConfig = {"max_retries": 2, "retry_timeout": _SHORTER}
    return Bucket(S3Store.from_url(place, config=config, client_options=options, retry_config=retries))


def _check_encrypted(given: Mapping[str, str]) -> None:
    """Check every address that requests are sent to. Raises StorageError."""
    for name in _ADDRESSES:
        try:
            check_encrypted(_value(name, given))
        except ValueError as error:
            raise StorageError(
                message("{setting}: {problem}", setting=name.upper(), problem=of_error(error))
            ) from error


def endpoint(given: Mapping[str, str]) -> str:
    """Return the URL below which the buckets are."""
    named = (_value(f"aws_{name}", given) for name in ("endpoint_url_s3", "endpoint_url", "endpoint"))
    region = _value("aws_region", given) or _value("aws_default_region", given) or "us-east-1"
    return next(filter(None, named), f"https://s3.{region}.amazonaws.com")


def _value(name: str, given: Mapping[str, str]) -> str:
    return (given.get(name) or os.environ.get(name.upper(), "")).strip()


def _with_login(proxy: Proxy) -> str:
    if not proxy.login:
        return proxy.url
    name, _, password = proxy.login.partition(":")
    scheme, _, rest = proxy.url.partition("://")
    return f"{scheme}://{quote(name, safe='')}:{quote(password, safe='')}@{rest}"


def _excluded(ways_out: WaysOut) -> tuple[str, ...]:
    """Return NO_PROXY as the library reads it: without ports."""
    if "*" in ways_out.direct:
        return _EVERYTHING
    return (*_NEVER_BEHIND, *(entry.removeprefix("*") for entry in ways_out.direct))
