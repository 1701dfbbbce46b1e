"""What Prometheus reads: how many jobs are in each status."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from bot.model import Status


def exposition(counts: Mapping[Status, int]) -> bytes:
    """Give the counts in Prometheus' text format."""
    registry = CollectorRegistry()
    jobs = Gauge("imagine_jobs", "Jobs in the ledger, by status.", ["status"], registry=registry)
    for status in Status:
        jobs.labels(status=status.value).set(counts.get(status, 0))
    return generate_latest(registry)
