"""A bucket server that speaks as much of S3 as the image store needs: path style, signed requests, XML."""

import re
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape

from aiohttp import web
from aiohttp.typedefs import Handler

KEY, SECRET, REGION = "AKIATEST", "a-very-secret-key", "eu-central-1"
_SIGNED = re.compile(rf"AWS4-HMAC-SHA256 Credential={KEY}/\d{{8}}/{REGION}/s3/aws4_request, .*Signature=[0-9a-f]{{64}}")


class FakeS3:
    """`async with FakeS3() as s3:` listens at `s3.url`, over http."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        """By bucket and key: `bucket/prefix/job/0.png`."""
        self.asked: list[str] = []
        """What was done with objects, in order: `PUT bucket/prefix/job/0.png`."""
        self.url = ""
        self.away = False
        """Whether it answers nothing but that it is out of service."""

    def settings(self) -> dict[str, str]:
        """Return what leads a bot here."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": REGION,
        }

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[self._out_of_service])
        app.router.add_route("*", "/{bucket}", self._bucket)
        app.router.add_route("*", "/{bucket}/{key:.*}", self._object)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    @web.middleware
    async def _out_of_service(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        return _error(503, "SlowDown") if self.away else await handler(request)

    async def _object(self, request: web.Request) -> web.Response:
        name = f"{request.match_info['bucket']}/{request.match_info['key']}"
        if refusal := _refusal(request):
            return refusal
        if not request.match_info["key"]:
            return await self._bucket(request)
        self.asked.append(f"{request.method} {name}")
        if request.method == "PUT":
            self.objects[name] = await request.read()
            return web.Response(headers={"ETag": '"1"'})
        if request.method == "DELETE":
            self.objects.pop(name, None)
            return web.Response(status=204)
        if name not in self.objects:
            return _error(404, "NoSuchKey")
        return web.Response(body=self.objects[name], headers={"ETag": '"1"', "Last-Modified": _THEN})

    async def _bucket(self, request: web.Request) -> web.Response:
        bucket = request.match_info["bucket"]
        if refusal := _refusal(request):
            return refusal
        if request.method == "POST" and "delete" in request.query:
            keys = re.findall(r"<Key>(.*?)</Key>", await request.text())
            for key in keys:
                self.objects.pop(f"{bucket}/{key}", None)
            return _xml("DeleteResult", "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys))
        return self._listed(bucket, request.query.get("prefix", ""), request.query.get("delimiter", ""))

    def _listed(self, bucket: str, prefix: str, delimiter: str) -> web.Response:
        folders, files = set(), []
        for name, data in sorted(self.objects.items()):
            key = name.removeprefix(f"{bucket}/")
            if not name.startswith(f"{bucket}/{prefix}"):
                continue
            below, found, _ = key.removeprefix(prefix).partition(delimiter or "\0")
            if found:
                folders.add(f"{prefix}{below}{delimiter}")
            else:
                files.append((key, len(data)))
        return _xml(
            "ListBucketResult",
            "<IsTruncated>false</IsTruncated>",
            *(f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>" for folder in sorted(folders)),
            *(
                f"<Contents><Key>{escape(key)}</Key><Size>{size}</Size><ETag>&quot;1&quot;</ETag>"
                f"<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
                for key, size in files
            ),
        )


_THEN = "Thu, 01 Jan 2026 00:00:00 GMT"


def _refusal(request: web.Request) -> web.Response | None:
    """Refuse what isn't signed by the right key for the right region; the signature itself is not computed."""
    return None if _SIGNED.match(request.headers.get("Authorization", "")) else _error(403, "AccessDenied")


def _error(status: int, code: str) -> web.Response:
    return web.Response(status=status, text=f"<Error><Code>{code}</Code></Error>", content_type="application/xml")


def _xml(root: str, *inner: str) -> web.Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?><{root}>{"".join(inner)}</{root}>'
    return web.Response(text=text, content_type="application/xml")
