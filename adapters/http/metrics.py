"""The metrics for Prometheus. Their names and labels are an interface: operators' alert rules have them."""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as METRICS_TYPE
from prometheus_client.registry import Collector

from bot import __version__
from bot.core.health import Figures
from bot.core.model import Status

__all__ = ["METRICS_TYPE", "exposition"]


def exposition(figures: Figures) -> bytes:
    """Return the figures in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Collector(figures))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return generate_latest(registry)


class _Collector(Collector):
    """What the bot knows of itself. A figure that isn't known is left out: absence can be alerted on, a guess not."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Give all metrics."""
        figures = self._figures
        yield _labelled("imagine_build_info", "The release that runs.", "version", {__version__: 1})
        yield _gauge("imagine_database_up", "Whether the database can be read.", figures.jobs is not None)
        if figures.jobs is not None:
            counts = {status.value: figures.jobs.get(status, 0) for status in Status}
            yield _labelled("imagine_jobs", "Jobs in the ledger, by status.", "status", counts)
        if figures.oldest_waiting is not None:
            waited = "For how long the job that waits longest has waited."
            yield _gauge("imagine_oldest_waiting_seconds", waited, figures.oldest_waiting)
        if figures.gateway_up is not None:
            yield _gauge("imagine_gateway_up", "Whether the image gateway can be used.", figures.gateway_up)
        connected = "Whether commands arrive from a platform, and can be answered."
        yield _labelled("imagine_connected", connected, "platform", figures.connected)
        yield _connections(figures)
        yield _labelled("imagine_loop_up", "Whether the latest round of a loop succeeded.", "loop", figures.working)
        aside = "Jobs that this process can't read and leaves alone."
        yield _gauge("imagine_jobs_set_aside", aside, figures.set_aside)
        yield _counted("imagine_refused", "Commands and presses that were refused.", "reason", figures.refused)
        written = "Whether a store can be written."
        yield _labelled("imagine_storage_up", written, "store", figures.storage_up)
        yield _counted("imagine_storage_errors", "Operations that failed.", "store", figures.storage_errors)
        given_up = "Outcomes that could not be shown for a day."
        yield CounterMetricFamily("imagine_undelivered", given_up, value=figures.undelivered)


def _gauge(name: str, described: str, value: float) -> Metric:
    return GaugeMetricFamily(name, described, value=value)


def _labelled(name: str, described: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, described, labels=[label])
    for word, value in values.items():
        family.add_metric([word], value)
    return family


def _connections(figures: Figures) -> Metric:
    counted = "Connections that a platform counts for the bot's token: this process's, and those of others."
    family = GaugeMetricFamily("imagine_connections", counted, labels=["platform", "whose"])
    for platform, sharing in figures.sharing.items():
        family.add_metric([platform, "ours"], sharing.ours)
        family.add_metric([platform, "others"], sharing.others)
    return family


def _counted(name: str, described: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, described, labels=[label])
    for word, value in values.items():
        family.add_metric([word], value)
    return family
