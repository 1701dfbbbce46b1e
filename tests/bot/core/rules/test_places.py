"""Places: a job draws as many images at a time as nobody else waits for, and never keeps anybody from beginning."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from bot.core.rules.places import AT_ONCE, places

COUNTS = st.integers(0, 30)


@given(st.integers(1, 10), COUNTS, COUNTS)
def test_a_job_has_one_place_at_least_and_four_at_most(missing: int, free: int, waiting: int) -> None:
    assert 1 <= places(missing=missing, free=free, waiting=waiting) <= min(AT_ONCE, missing)


@given(st.integers(1, 10), COUNTS, COUNTS)
def test_a_second_place_leaves_one_for_everybody_who_waits(missing: int, free: int, waiting: int) -> None:
    taken = places(missing=missing, free=free, waiting=waiting)
    assert taken == 1 or taken + waiting <= free


@given(st.integers(1, 10), st.integers(1, 30))
def test_where_nobody_waits_no_place_is_left_that_a_job_could_use(missing: int, free: int) -> None:
    assert places(missing=missing, free=free, waiting=0) == min(AT_ONCE, missing, free)


@dataclass(slots=True)
class _Running:
    missing: int
    unanswered: int = 1


@dataclass(slots=True)
class _Gateway:
    """Jobs as the ledger runs them: one is claimed while a place is free, and asks for more when it begins."""

    max_running: int
    waiting: list[int] = field(default_factory=list)
    running: list[_Running] = field(default_factory=list)

    def taken(self) -> int:
        return sum(job.unanswered for job in self.running)

    def ask(self, images: int) -> None:
        self.waiting.append(images)
        self.claim()

    def answer(self, job: _Running) -> None:
        job.missing -= 1
        job.unanswered -= 1
        if job.missing == 0:
            self.running.remove(job)
        else:
            job.unanswered = max(job.unanswered, self.places_of(job))
        self.claim()

    def claim(self) -> None:
        while self.waiting and self.taken() < self.max_running:
            job = _Running(self.waiting.pop(0))
            self.running.append(job)
            job.unanswered = self.places_of(job)

    def places_of(self, job: _Running) -> int:
        free = self.max_running - self.taken() + job.unanswered
        return places(missing=job.missing, free=free, waiting=len(self.waiting))


@given(st.integers(1, 8), st.lists(st.one_of(st.integers(1, 10), st.just(0)), max_size=60), st.data())
def test_there_are_never_more_requests_than_places_and_a_waiting_job_begins_with_the_next_answer(
    max_running: int, steps: list[int], data: st.DataObject
) -> None:
    gateway = _Gateway(max_running)
    for images in steps:
        if images:
            gateway.ask(images)
        elif gateway.running:
            before, job = len(gateway.waiting), data.draw(st.sampled_from(gateway.running))
            alone = job.unanswered == 1 and job.missing > 1  # it keeps the place that it began with
            gateway.answer(job)
            assert alone or not before or len(gateway.waiting) < before
        assert gateway.taken() <= max_running
        assert not gateway.waiting or gateway.taken() == max_running
        assert all(1 <= job.unanswered <= min(AT_ONCE, job.missing) for job in gateway.running)
    while gateway.running:
        gateway.answer(gateway.running[0])
    assert not gateway.waiting
