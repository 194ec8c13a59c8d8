"""``tenantry mcp``: the answers of tenantry as tools for assistants, over the Model Context Protocol.

The server speaks on standard input and output, reads files under one folder, and writes none. Every call is answered by
a process of its own, which is ended when its time or memory is up, when the call is cancelled, and when the client goes
away; so no call can hold up or take down another. It needs the package ``mcp``: ``pip install 'tenantry[mcp]'``.
"""

from __future__ import annotations

from tenantry.mcp._command import main

__all__ = ["main"]
