"""Finding jobs again: by their number, and by words of their prompts, among the user's own alone."""

import pytest

from storage.ledger.repository import SqlJobRepository
from tests.storage.steps import accepted
from tests.support.builders import MovableClock, new_job


async def test_a_job_is_found_by_the_end_of_its_id_by_its_asker_alone(jobs: SqlJobRepository) -> None:
    job = await accepted(jobs)
    assert await jobs.find("test:ada", job.id[-8:]) == job
    assert await jobs.find("test:grace", job.id[-8:]) is None
    assert await jobs.find("test:ada", "ffffffff") is None
    assert await jobs.find("test:ada", "%") is None


async def test_a_deleted_job_is_found_by_nobody(jobs: SqlJobRepository) -> None:
    job = await accepted(jobs)
    await jobs.delete(job.id, "test:ada", job.origin.address)
    assert await jobs.find("test:ada", job.id[-8:]) is None


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("fox",), {"A red Fox in snow", "a FOXGLOVE"}),
        (("FOX", "snow"), {"A red Fox in snow"}),
        (("école",), {"École at dusk"}),
        (("ÉCOLE",), {"École at dusk"}),
        (("100%",), {"100% wool"}),
        (("_",), {"snake_case"}),
        (("\\",), {"back\\slash"}),
        (("狐",), {"雪の中の狐"}),
        (("owl",), set()),
        ((), None),
    ],
)
async def test_words_of_a_prompt_are_found_in_any_case(
    jobs: SqlJobRepository, words: tuple[str, ...], found: set[str] | None
) -> None:
    prompts = [
        "A red Fox in snow",
        "a FOXGLOVE",
        "École at dusk",
        "100% wool",
        "snake_case",
        "back\\slash",
        "雪の中の狐",
        "of oxen",
    ]
    for prompt in prompts:
        await accepted(jobs, new_job(prompt=prompt))
    await accepted(jobs, new_job("test:grace", prompt="fox snow école 100% _ \\ 狐"))
    page = await jobs.history("test:ada", size=10, words=words)
    assert {job.request.prompt for job in page.jobs} == (set(prompts) if found is None else found)


async def test_pages_of_what_was_found_lead_there_and_back(jobs: SqlJobRepository, clock: MovableClock) -> None:
    made = []
    for number in range(10):
        job = await accepted(jobs, new_job(prompt="a fox" if number % 2 else "an owl"))
        made += [job.id] if number % 2 else []
        clock.move(1)
    first = await jobs.history("test:ada", size=2, words=("fox",))
    second = await jobs.history("test:ada", size=2, words=("fox",), cursor=first.older)
    third = await jobs.history("test:ada", size=2, words=("fox",), cursor=second.older)
    assert [job.id for page in (first, second, third) for job in page.jobs] == made[::-1]
    assert (first.newer, third.older) == (None, None)
    assert await jobs.history("test:ada", size=2, words=("fox",), cursor=second.newer) == first
