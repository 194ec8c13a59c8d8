"""The process that answers one call: ``python -m tenantry.mcp.worker``, started by the server.

It reads one line with the call, and writes lines: ``{"progress": ...}`` any number of times, then ``{"answer": ...}``
or ``{"error": ...}``. When its input ends, because the server has gone or wants it no more, it ends at once.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import Any

from tenantry.mcp.calls import Call
from tenantry.mcp.errors import told
from tenantry.mcp.files import Root
from tenantry.mcp.inputs import Inputs
from tenantry.mcp.limits import Limits
from tenantry.progress import Progress, in_words


def main() -> None:
    """Answers the call on standard input, and ends the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server hears it, and goes; then this ends, too
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else is printed does not get between the lines
    request = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_leave_with_the_server, daemon=True).start()
    limits = Limits(**request["limits"])
    _limit_memory(limits.memory)

    def say(what: str, value: Any) -> None:
        out.write(json.dumps({what: value}) + "\n")
        out.flush()

    def tell(event: Progress) -> None:
        say("progress", {"seconds": event.seconds, "message": _in_words(event)})

    try:
        inputs = Inputs(request["arguments"], Root(request["root"]), limits.input_bytes)
        say("answer", Call(inputs, limits, tell).run(request["tool"]))
    except MemoryError:
        say("error", {"kind": "limit", "message": f"it takes more than {limits.memory} bytes of memory"})
    except Exception as error:
        say("error", told(error))
    os._exit(0)  # nothing waits for the thread that reads


def _leave_with_the_server() -> None:
    while os.read(0, 1 << 16):
        pass
    os._exit(1)


def _limit_memory(most: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    # not the address space: of that the allocator sets aside some for each thread, used or not
    _, highest = resource.getrlimit(resource.RLIMIT_DATA)
    if highest != resource.RLIM_INFINITY:
        most = min(most, highest)
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (most, highest))
    except (ValueError, OSError) as error:
        print(f"tenantry mcp: this system keeps no limit of memory: {error}", file=sys.stderr)


def _in_words(event: Progress) -> str:
    if event.kind == "plan":
        return f"a plan with {in_words(event)}"
    if event.kind == "bound":
        return f"at least {in_words(event)}"
    return f"run {event.number}" if event.kind == "run" else str(event.phase)


if __name__ == "__main__":
    main()
