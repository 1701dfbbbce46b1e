"""A profile by samples: where the threads of this process spend processor time. It slows no call down."""

import sys
import threading
import time
from collections import defaultdict
from types import FrameType

_PAUSE = 0.002
_OF_ONE_THREAD = 6
_OUTSIDE = ("a thread without Python",)
Stack = tuple[str, ...]
"""Calls as `file:function`, the innermost first; the last one is the thread's name."""


class Sampler:
    """Adds what each thread has used since the last sample to the stack that it is in now."""

    def __init__(self) -> None:
        self._spent: dict[Stack, float] = defaultdict(float)
        self._seen: dict[int, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sampler", daemon=True)
        self._began = 0.0

    def start(self) -> None:
        """Begin."""
        self._began = time.process_time()
        self._thread.start()

    def stop(self) -> dict[Stack, float]:
        """End, and return the seconds of processor for each stack."""
        self._over.set()
        self._thread.join()
        return dict(self._spent)

    def _run(self) -> None:
        self._seen = {thread.native_id: _used(thread.native_id) for thread in threading.enumerate() if thread.native_id}
        before = sum(self._seen.values())
        while not self._over.wait(_PAUSE):
            self._sample()
        own = _used(threading.get_native_id())
        within = sum(self._seen.values()) - before
        self._spent[_OUTSIDE] = max(0.0, time.process_time() - self._began - within - own)

    def _sample(self) -> None:
        frames = sys._current_frames()
        for thread in threading.enumerate():
            if thread.native_id and thread.ident and thread.name != "sampler":
                used = _used(thread.native_id)
                spent = used - self._seen.get(thread.native_id, 0.0)
                self._seen[thread.native_id] = used
                if spent > 0:
                    self._spent[(*_calls(frames.get(thread.ident)), thread.name)] += spent


def _used(thread: int) -> float:
    """Return a thread's processor time: https://man7.org/linux/man-pages/man3/pthread_getcpuclockid.3.html."""
    try:
        return time.clock_gettime((~thread << 3) | _OF_ONE_THREAD)
    except OSError:  # it has ended
        return 0.0


def _calls(frame: FrameType | None) -> Stack:
    calls = []
    while frame:
        calls.append(f"{frame.f_code.co_filename}:{frame.f_code.co_qualname}")
        frame = frame.f_back
    return tuple(calls)
