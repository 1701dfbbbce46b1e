"""The metrics for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from bot.core.health import Figures
from bot.core.model import Status


def exposition(figures: Figures) -> bytes:
    """Return the figures in Prometheus' text format."""
    registry = CollectorRegistry()
    up = Gauge("imagine_database_up", "Whether the database can be read.", registry=registry)
    up.set(figures.jobs is not None)
    if figures.jobs is not None:
        jobs = Gauge("imagine_jobs", "Jobs in the ledger, by status.", ["status"], registry=registry)
        for status in Status:
            jobs.labels(status=status.value).set(figures.jobs.get(status, 0))
    loops = Gauge("imagine_loop_up", "Whether the latest round of a loop succeeded.", ["loop"], registry=registry)
    for name, works in figures.working.items():
        loops.labels(loop=name).set(works)
    aside = Gauge("imagine_jobs_set_aside", "Jobs that this process can't read and leaves alone.", registry=registry)
    aside.set(figures.set_aside)
    given_up = Counter("imagine_undelivered", "Outcomes that could not be shown for a day.", registry=registry)
    given_up.inc(figures.undelivered)
    return generate_latest(registry)
