"""The server: tools are listed, calls checked and given to a process each. The only file that needs ``mcp``."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, TypeAlias

import anyio
from anyio.abc import Process
from mcp import types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from tenantry import __version__
from tenantry.mcp.answers import inert
from tenantry.mcp.errors import RefusedError, told
from tenantry.mcp.files import Root
from tenantry.mcp.limits import GRACE, Limits
from tenantry.mcp.tools import INSTRUCTIONS, TOOLS, output_schema

LEAVES = 1.0
"""Seconds in which a process has gone whose input ended: it needs hardly any."""

_Context: TypeAlias = ServerRequestContext[Any]


def serve(root: Root, limits: Limits) -> None:
    """Serves on standard input and output until the client goes."""
    anyio.run(_serve, root, limits)


async def _serve(root: Root, limits: Limits) -> None:
    turns = anyio.CapacityLimiter(limits.calls)

    async def listed(_: _Context, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=_tools(limits))

    async def called(context: _Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            request = _request(params.name, params.arguments or {}, root, limits)
            async with turns:
                answer = await _answered(request, context, limits)
        except RefusedError as error:
            return _refused(params.name, told(error))
        if "error" in answer:
            return _refused(params.name, answer["error"])
        found = answer["answer"]
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=found["text"])], structured_content=found["structured"]
        )

    server: Server[Any] = Server(
        "tenantry", version=__version__, instructions=INSTRUCTIONS, on_list_tools=listed, on_call_tool=called
    )
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


def _tools(limits: Limits) -> list[types.Tool]:
    return [
        types.Tool(
            name=tool.name,
            title=tool.title,
            description=tool.description,
            input_schema=tool.input_schema(limits),
            output_schema=output_schema(),
            annotations=types.ToolAnnotations(
                title=tool.title,
                read_only_hint=True,
                destructive_hint=False,
                idempotent_hint=True,
                open_world_hint=False,
            ),
        )
        for tool in TOOLS.values()
    ]


def _request(name: str, arguments: dict[str, Any], root: Root, limits: Limits) -> bytes:
    """The line that the process reads.

    Raises:
        RefusedError: there is no such tool, or it does not take these arguments.
    """
    if name not in TOOLS:
        raise RefusedError("arguments", f"there is no tool {inert(name)}: there are {', '.join(TOOLS)}")
    if wrong := TOOLS[name].wrong(arguments, limits):
        raise RefusedError("arguments", "\n".join(wrong))
    request = {"tool": name, "arguments": arguments, "root": str(root.folder), "limits": limits.to_dict()}
    return json.dumps(request).encode() + b"\n"


async def _answered(request: bytes, context: _Context, limits: Limits) -> dict[str, Any]:
    """What the process says. Whatever ends this, an answer, the time, the caller, ends the process, too."""
    arguments = json.loads(request)["arguments"]
    seconds = arguments.get("time_limit", limits.time) + GRACE
    command = [sys.executable, "-P", "-m", "tenantry.mcp.worker"]
    process = await anyio.open_process(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None)
    try:
        with anyio.move_on_after(seconds):
            if (answer := await _heard(process, request, context)) is not None:
                return answer
            code = await process.wait()
            raise RefusedError(
                "limit",
                f"the process that answers ended without an answer (code {code}): most likely it took more than "
                f"{limits.memory} bytes of memory",
            )
        raise RefusedError("limit", f"no answer within {seconds:g} seconds, which are more than the call's time limit")
    finally:
        with anyio.CancelScope(shield=True):
            await _ended(process)


async def _ended(process: Process) -> None:
    """Lets the process end, which it does when its input does; what has not gone by then is killed.

    One that is killed while it ends by itself may be waited for twice, of which asyncio warns on standard error.
    """
    assert process.stdin is not None
    with anyio.move_on_after(LEAVES):
        await process.stdin.aclose()
        await process.wait()
    if process.returncode is None:
        process.kill()
    await process.aclose()


async def _heard(process: Process, request: bytes, context: _Context) -> dict[str, Any] | None:
    """The answer, or the error, of the process; ``None`` where it ends without one."""
    assert process.stdin is not None
    assert process.stdout is not None
    begun: list[bytes] = []
    try:
        await process.stdin.send(request)
        async for chunk in process.stdout:
            begun.append(chunk)
            if b"\n" not in chunk:
                continue
            *lines, last = b"".join(begun).split(b"\n")
            begun = [last]
            for line in lines:
                said: dict[str, Any] = json.loads(line)
                if "progress" not in said:
                    return said
                event = said["progress"]
                await context.session.report_progress(event["seconds"], None, event["message"])
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        return None
    return None


def _refused(tool: str, error: dict[str, Any]) -> types.CallToolResult:
    error = inert(error)
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=error["message"])],
        structured_content={"tool": inert(tool), "version": __version__, "error": error},
        is_error=True,
    )
