"""Opens what the bot is built around: the gateway's client, the catalogue, the stores."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.cli.timings import Timings
from bot.cometapi.client import CometAPI
from bot.cometapi.download import FetchTimings
from bot.core.catalogue.catalogue import Catalogue
from bot.core.clock import Clock, SystemClock
from bot.core.images.verify import verify
from bot.core.precedence import Precedence
from bot.settings import Settings
from storage import Storage, open_storage


def open_provider(settings: Settings, timings: Timings | None = None, precedence: Precedence | None = None) -> CometAPI:
    """Return the gateway's client, to be entered as a context manager."""
    key = settings.cometapi_key.get_secret_value() if settings.cometapi_key else ""
    return CometAPI(
        settings.cometapi_base_url,
        key,
        timeout=settings.generation_timeout,
        fetching=FetchTimings(pause=(timings or Timings()).retry),
        ways_out=settings.ways_out,
        check=verify,
        give_way=(precedence or Precedence()).give_way,
    )


def open_catalogue(settings: Settings, clock: Clock | None = None) -> Catalogue:
    """Return the catalogue as it is without the live list."""
    return Catalogue(
        default=settings.default_model,
        preference=settings.model_preference,
        allowed=settings.allowed_models,
        clock=clock,
    )


@asynccontextmanager
async def open_stores(
    settings: Settings, timings: Timings | None = None, *, clock: Clock | None = None
) -> AsyncIterator[Storage]:
    """Open the database and the image store. Raises StorageError."""
    timings = timings or Timings()
    async with open_storage(
        database_url=settings.database_url,
        image_store=settings.image_store,
        bucket=settings.bucket,
        ways_out=settings.ways_out,
        clock=clock or SystemClock(),
        seconds=timings.database,
        lease=timedelta(seconds=timings.lease),
    ) as storage:
        yield storage
