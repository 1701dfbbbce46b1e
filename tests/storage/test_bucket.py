"""The image store in a bucket: a listening server, by `AWS_…` of the environment or of `.env`, and by the way out."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from bot.core.errors import ImageGone, StorageError
from bot.core.ways_out import Proxy, WaysOut, entries
from bot.outgoing.certificates import trusting
from bot.settings import Settings, load
from storage.images import MARKER, ObjectImageStore
from tests.fakes.proxy import AUTHORITY, FakeProxy
from tests.fakes.s3 import FakeS3

OLD, NEW = "06400000000000aaaaaaaaaaaa", "06600000000000bbbbbbbbbbbb"


@pytest.fixture
async def s3() -> AsyncIterator[FakeS3]:
    async with FakeS3() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_bucket_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*FakeS3().settings(), "AWS_ENDPOINT_URL_S3", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def given(values: Mapping[str, str], tmp_path: Path) -> Settings:
    """Return the settings of somebody who wrote these into `.env`."""
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    return load()


async def test_a_bucket_over_http_takes_gives_lists_and_deletes(s3: FakeS3, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3.settings().items():
        monkeypatch.setenv(name, value)
    store = ObjectImageStore.open("s3://bucket/prefix")
    await store.check()
    assert s3.objects == {}
    for key in (f"{OLD}/0.png", f"{OLD}/1.png", f"{NEW}/0.png"):
        await store.put(key, b"image")
    assert set(s3.objects) == {f"bucket/prefix/{OLD}/0.png", f"bucket/prefix/{OLD}/1.png", f"bucket/prefix/{NEW}/0.png"}
    assert (await store.get(f"{OLD}/0.png"), await store.jobs()) == (b"image", [OLD, NEW])
    assert (await store.delete(OLD), await store.jobs()) == (2, [NEW])
    with pytest.raises(ImageGone):
        await store.get(f"{OLD}/0.png")


async def test_a_bucket_that_is_away_is_noted_until_a_test_of_it_succeeds(s3: FakeS3, tmp_path: Path) -> None:
    settings = given(s3.settings(), tmp_path)
    store = ObjectImageStore.open("s3://bucket", settings.bucket, settings.ways_out)
    await store.claim()
    s3.away = True
    with pytest.raises(StorageError):
        await store.put(f"{OLD}/0.png", b"image")
    assert "The image store s3://bucket can't store an image" in store.condition.trouble
    s3.away = False
    await store.check()
    store.condition.passed()
    assert store.condition.works
    assert set(s3.objects) == {f"bucket/{MARKER}"}


async def test_what_stands_in_the_file_is_handed_on_and_the_environment_wins(
    s3: FakeS3, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    values = s3.settings() | {"AWS_SECRET_ACCESS_KEY": "of the file", "AWS_PROFILE": "unknown to the store"}
    monkeypatch.setenv("AWS_REGION", values.pop("AWS_REGION"))
    settings = given(values | {"AWS_REGION": "us-west-2", "aws_virtual_hosted_style_request": "false"}, tmp_path)
    store = ObjectImageStore.open("s3://bucket", settings.bucket, settings.ways_out)
    await store.put(f"{OLD}/0.png", b"image")
    assert s3.objects == {f"bucket/{OLD}/0.png": b"image"}
    assert "of the file" not in repr(settings)


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_STS"])
async def test_a_bucket_is_not_reached_unencrypted_over_the_internet_unless_that_is_meant(
    s3: FakeS3, tmp_path: Path, name: str
) -> None:
    written = s3.settings() | {name: "http://s3.example.com"}
    settings = given(written, tmp_path)
    with pytest.raises(StorageError, match=f"^{name}: Write https://, .* ALLOW_HTTP=1"):
        ObjectImageStore.open("s3://bucket", settings.bucket, settings.ways_out)
    for allowed in ({"ALLOW_HTTP": "1"}, {"AWS_ALLOW_HTTP": "true"}):
        settings = given(written | allowed, tmp_path)
        ObjectImageStore.open("s3://bucket", settings.bucket, settings.ways_out)


@pytest.mark.parametrize("scheme", ["https", "http"])
async def test_a_bucket_is_reached_through_the_proxy(s3: FakeS3, tmp_path: Path, scheme: str) -> None:
    port = int(s3.url.rpartition(":")[2])
    async with FakeProxy({"s3.example.com": port}, login="me:p@ss") as proxy:
        known = Proxy.parse(proxy.url.replace("p@ss", "p%40ss"))
        ways = WaysOut(https=known, http=known, certificates=trusting(AUTHORITY), certificate_file=str(AUTHORITY))
        written = s3.settings() | {"AWS_ENDPOINT_URL_S3": f"{scheme}://s3.example.com", "ALLOW_HTTP": "1"}
        settings = given(written, tmp_path)
        store = ObjectImageStore.open("s3://bucket", settings.bucket, ways)
        await store.put(f"{OLD}/0.png", b"image")
    assert [each.method for each in proxy.passed] == ["PUT"]
    assert s3.objects == {f"bucket/{OLD}/0.png": b"image"}


@pytest.mark.parametrize("no_proxy", ["*", "10.0.0.0/8", "s3.example.com"])
async def test_a_bucket_on_this_machine_is_reached_directly(
    s3: FakeS3, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, no_proxy: str
) -> None:
    async with FakeProxy() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)  # the library looks there itself
        ways = WaysOut(http=Proxy(url=proxy.url), direct=entries(no_proxy))
        settings = given(s3.settings(), tmp_path)
        await ObjectImageStore.open("s3://bucket", settings.bucket, ways).put(f"{OLD}/0.png", b"image")
    assert (proxy.asked, len(s3.objects)) == ([], 1)
