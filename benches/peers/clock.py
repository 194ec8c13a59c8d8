"""CPU seconds of this process and its children, and the limit on them."""

from __future__ import annotations

import resource
import threading


def cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in used)


class Clock:
    """CPU seconds since the start, and a thread that calls `stop` when they are over."""

    def __init__(self, limit: float):
        self.start, self.limit = cpu(), limit
        self.killed = 0.0
        """CPU seconds of processes that were killed: the system forgets them."""

    def spent(self) -> float:
        return cpu() - self.start + self.killed

    def left(self) -> float:
        return max(0.05, self.limit - self.spent())

    def watch(self, stop) -> threading.Event:
        done = threading.Event()

        def run():
            while not done.wait(0.1):
                if self.spent() >= self.limit:
                    stop()
                    return

        threading.Thread(target=run, daemon=True).start()
        return done
