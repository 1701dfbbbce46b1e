"""Steps that bring a job to where a test begins."""

from datetime import timedelta

from bot.core.image import Note
from bot.core.model import Job, Limits, Status
from bot.core.rules.admission import NewJob
from storage.ledger.repository import SqlJobRepository
from tests.support.builders import new_image, new_job, new_limits

NOW = timedelta(0)
"""No hold: a worker may take the job at once."""


async def accepted(jobs: SqlJobRepository, job: NewJob | None = None, limits: Limits | None = None) -> Job:
    return (await jobs.accept(job or new_job(), limits or new_limits(), hold=NOW, max_running=8)).job


async def held(jobs: SqlJobRepository, new: NewJob | None = None) -> Job:
    """Accept a job that waits half a minute until its user has seen it."""
    return (await jobs.accept(new or new_job(), new_limits(), hold=timedelta(seconds=30), max_running=8)).job


async def confirmed(jobs: SqlJobRepository) -> Job:
    """Accept a job that its user has seen, so that a worker may take it."""
    job = await held(jobs)
    await jobs.confirm(job.id, job.origin.address)
    return job


async def claimed(jobs: SqlJobRepository, owner: str = "ada-worker", *, max_running: int = 100) -> Job:
    claim = await jobs.claim(owner, max_running=max_running)
    assert claim is not None
    return claim.job


async def brought_to(
    jobs: SqlJobRepository,
    status: Status,
    job: NewJob | None = None,
    *,
    images: int = 1,
    owner: str = "ada-worker",
) -> Job:
    """Bring a job to a status, by the way that a worker and its asker would take, with no user told of an early end."""
    at = await accepted(jobs, job, new_limits(quota=1000))
    if status is Status.QUEUED:
        return at
    if status is Status.CANCELLED:
        return await jobs.cancel(at.id)
    at = await jobs.advance(await claimed(jobs, owner), Status.GENERATING, max_running=100)
    if status is Status.GENERATING:
        return at
    if status is Status.STOPPED:
        return await jobs.cancel(at.id)
    if status in {Status.FAILED, Status.UNKNOWN}:
        return await jobs.advance(at, status)
    made = [new_image(at.id, index) for index in range(images)]
    at = await jobs.add_images(at, made, Note(request_id="req-1"), complete=True)
    return at if status is Status.DELIVERING else await jobs.advance(at, status)
