"""A browser on the playground: a cookie jar, and what the page is handed when it is opened by its printed address."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import parse_qs

import aiohttp
from yarl import URL


def stranger(address: str, cookies: Mapping[str, str] | None = None, locale: str = "") -> aiohttp.ClientSession:
    """Return a browser that has opened nothing yet."""
    origin = URL(address).origin()
    # Browsers keep cookies of addresses too; aiohttp's jar has to be told to.
    jar = aiohttp.CookieJar(unsafe=True)
    jar.update_cookies(cookies or {}, origin)
    asked = {"Accept-Language": locale} if locale else {}
    return aiohttp.ClientSession(origin, cookie_jar=jar, headers=asked, timeout=aiohttp.ClientTimeout(total=20))


async def come_in(session: aiohttp.ClientSession, address: str) -> None:
    """Open the page by its printed address, and send its token from now on, as the page's script does."""
    url = URL(address)
    async with session.get(url, allow_redirects=False) as led:
        if led.status != 303:
            raise aiohttp.ClientError(f"status {led.status}: {await led.text()}")
        page = URL(led.headers["Location"])
    (token,) = parse_qs(page.fragment)["token"]
    session.headers["Authorization"] = f"Bearer {token}"
    async with session.get(url.join(page.with_fragment(None))) as shown:
        if shown.status != 200:
            raise aiohttp.ClientError(f"status {shown.status}: {await shown.text()}")


@asynccontextmanager
async def browser(
    address: str, cookies: Mapping[str, str] | None = None, locale: str = ""
) -> AsyncIterator[aiohttp.ClientSession]:
    """Open the page by its printed address."""
    async with stranger(address, cookies, locale) as session:
        await come_in(session, address)
        yield session
