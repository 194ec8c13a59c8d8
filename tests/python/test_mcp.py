"""The server for assistants, asked by the protocol's own client over standard input and output."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import anyio
import jsonschema
import pytest
import tenantry
from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult, TextContent
from tenantry.mcp import server
from tenantry.mcp.errors import RefusedError
from tenantry.mcp.files import Root
from tenantry.mcp.limits import Limits
from tenantry.mcp.tools import TOOLS, output_schema

PATHS = {key: os.environ[key] for key in ("PYTHONPATH",) if key in os.environ}  # which a client leaves out
ACME = {"fleet": "acme.yaml"}
LEDGER = {"first": "shop/frontend", "second": "payments/ledger"}
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def root(tmp_path: Path, examples: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    for name in ("acme.yaml", "shop.yaml"):
        shutil.copy(examples / name, folder)
    shutil.copytree(examples / "today", folder / "today")
    return folder


@asynccontextmanager
async def client(root: Path, *options: str) -> AsyncIterator[Client]:
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "tenantry", "mcp", *options],
        env=PATHS,
        cwd=root,
    )
    async with Client(server) as it:
        yield it


def asked(root: Path, questions: Callable[[Client], Awaitable[None]], *options: str) -> None:
    async def ask() -> None:
        async with client(root, *options) as it:
            await questions(it)

    asyncio.run(ask())


def text_of(result: CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


async def answer(it: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await it.call_tool(tool, arguments)
    assert not result.is_error, text_of(result)
    jsonschema.validate(result.structured_content, output_schema())
    found: dict[str, Any] = result.structured_content
    assert (found["tool"], found["version"]) == (tool, tenantry.__version__)
    return found


async def error(it: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await it.call_tool(tool, arguments)
    assert result.is_error, result.structured_content
    jsonschema.validate(result.structured_content, output_schema())
    found: dict[str, Any] = result.structured_content["error"]
    assert text_of(result) == found["message"]
    assert "Traceback" not in found["message"]
    return found


def test_tools_say_what_they_take_and_that_they_only_read(root: Path) -> None:
    async def questions(it: Client) -> None:
        tools = (await it.list_tools()).tools
        assert [tool.name for tool in tools] == list(TOOLS)
        for tool in tools:
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint
            assert tool.annotations.open_world_hint is False
            jsonschema.Draft202012Validator.check_schema(tool.input_schema)
            for described in tool.input_schema["properties"].values():
                assert len(described["description"]) > 10
        [limited] = [tool for tool in tools if tool.name == "plan"]
        assert limited.input_schema["properties"]["time_limit"]["maximum"] == 7

    asked(root, questions, "--time-limit", "7")


def test_answers_are_those_of_the_python_face(root: Path, acme: tenantry.Fleet, acme_plan: tenantry.Plan) -> None:
    async def questions(it: Client) -> None:
        many = {"max_rows": 10_000}
        planned = await answer(it, "plan", **ACME, **many)
        assert planned["document"] == acme_plan.to_dict()
        assert planned["fleet"]["digest"] == acme.digest
        assert planned["plan"] == {
            "digest": hashlib.sha256(acme_plan.to_json().encode()).hexdigest(),
            "fleetDigest": acme.digest,
            "asOf": "2026-11-23",
            "seed": 0,
            "status": "optimal",
            "proof": "certified",
            "clusters": 7,
            "lowerBound": 7,
            "gap": 0,
            "stopped": None,
        }
        assert planned["omitted"] == []
        inline = await answer(it, "plan", fleet_text=(root / "acme.yaml").read_text(), **many)
        assert inline == planned
        assert (await answer(it, "plan", fleet_text=acme.to_json(), **many))["plan"]["clusters"] == 7

        valid = await answer(it, "validate", **ACME)
        assert valid["document"]["digest"] == acme.digest
        assert valid["document"]["workloads"] == list(acme.workloads)
        apart = await answer(it, "explain", **ACME, **LEDGER)
        assert apart["document"]["verdict"] == acme.explain(*LEDGER.values()).verdict
        why = await answer(it, "explain", **ACME, **many)
        assert why["document"] == acme_plan.why().to_dict()
        prices = await answer(it, "prices", **ACME, **many)
        assert prices["document"] == acme.prices().to_dict()
        question = {"who": "shop/frontend", "together_with": "payments/ledger"}
        why_not = await answer(it, "why_not", **ACME, **question, **many)
        assert why_not["document"] == acme.why_not("shop/frontend", together_with="payments/ledger").to_dict()
        today = tenantry.Fleet.load(root / "today" / "fleet.yaml")
        placed = await answer(it, "place", fleet="today/fleet.yaml", workloads=[today.workloads[0]], **many)
        assert placed["document"] == today.place(today.workloads[0]).to_dict()
        (root / "plan.json").write_text(acme_plan.to_json())
        without = acme.without("distrust:signing-alone")
        differs = await answer(it, "diff", before="plan.json", after_text=without.to_yaml(), **many)
        assert differs["document"] == acme_plan.diff(tenantry.plan(without)).to_dict()
        assert (differs["before"]["clusters"], differs["after"]["clusters"]) == (7, 6)

    asked(root, questions)


def test_the_text_is_what_the_program_prints(root: Path, acme_plan: tenantry.Plan, acme: tenantry.Fleet) -> None:
    async def questions(it: Client) -> None:
        text = text_of(await it.call_tool("plan", {**ACME}))
        assert text.startswith(acme_plan.summary().rstrip())
        assert text.endswith(f"tenantry {tenantry.__version__}, fleet {acme.digest}, plan {_digest(acme_plan)}")

    asked(root, questions)


def _digest(plan: tenantry.Plan) -> str:
    return hashlib.sha256(plan.to_json().encode()).hexdigest()


def test_what_is_cut_is_named_and_counted(root: Path, acme: tenantry.Fleet, acme_plan: tenantry.Plan) -> None:
    async def questions(it: Client) -> None:
        found = await answer(it, "plan", **ACME, max_rows=2)
        cut = {row["rows"]: (row["shown"], row["of"]) for row in found["omitted"]}
        assert cut["clusters"] == (2, 7)
        assert cut["assignments"] == (2, len(acme_plan.assignments))
        assert found["document"]["assignments"] == acme_plan.to_dict()["assignments"][:2]
        assert "The document shows 2 of 7 rows of `clusters`." in text_of(
            await it.call_tool("plan", {**ACME, "max_rows": 2})
        )
        whole = await answer(it, "plan", **ACME, max_rows=10_000)  # more than the server gives
        assert any(row["rows"] == "assignments" for row in whole["omitted"])
        assert len(json.dumps(whole).encode()) <= 8 << 10
        assert whole["plan"]["digest"] == _digest(acme_plan)

    asked(root, questions, "--max-answer", "8")


def test_no_file_outside_the_root_is_read(root: Path, examples: Path) -> None:
    (root / "out.yaml").symlink_to(examples / "acme.yaml")
    (root / "up").symlink_to(examples)
    (root / "loop.yaml").symlink_to("loop.yaml")
    (root / "zero.yaml").symlink_to("/dev/zero")
    (root / "in.yaml").symlink_to("acme.yaml")
    os.mkfifo(root / "pipe.yaml")
    (root / "größe ☂.yaml").write_bytes((root / "acme.yaml").read_bytes())

    async def questions(it: Client) -> None:
        outside = [str(examples / "acme.yaml"), "../root/acme.yaml", "today/../acme.yaml", "out.yaml", "up/acme.yaml"]
        for path in (
            *outside,
            "zero.yaml",
            "loop.yaml",
            "pipe.yaml",
            "today",
            ".",
            "",
            "none.yaml",
            "a\0b",
            "x" * 5000,
        ):
            found = await error(it, "validate", fleet=path)
            assert found["kind"] == "file", path
            assert "\n" not in found["message"]
            assert str(examples) not in found["message"].removeprefix(path)
        for path in ("in.yaml", "größe ☂.yaml"):
            await answer(it, "validate", fleet=path)

    asked(root, questions)


def test_a_file_that_becomes_a_link_is_not_followed(root: Path, examples: Path) -> None:
    inside = Root(root)
    real = inside.folder / "acme.yaml"
    os.close(inside._open(real))
    real.unlink()
    real.symlink_to(examples / "shop.yaml")
    with pytest.raises(OSError, match="symbolic links"):
        inside._open(real)
    (root / "today").rename(root / "yesterday")
    (root / "today").symlink_to(examples / "today")
    with pytest.raises(OSError, match=r"directory|symbolic"):
        inside._open(inside.folder / "today" / "fleet.yaml")


def test_limits_hold(root: Path) -> None:
    (root / "large.yaml").write_text("# " + "x" * 40_000)

    async def questions(it: Client) -> None:
        assert (await error(it, "validate", fleet="large.yaml"))["kind"] == "limit"
        assert (await error(it, "validate", fleet_text="#" * 40_000))["kind"] == "limit"
        over = await error(it, "plan", **ACME, time_limit=31)
        assert over == {"kind": "arguments", "message": "`time_limit` is between 0 and 30"}
        cut = await answer(it, "plan", **ACME, time_limit=0)
        assert cut["plan"]["stopped"] == "time"
        assert cut["plan"]["status"] != "optimal" or cut["plan"]["gap"] == 0
        assert (await answer(it, "prices", **ACME, time_limit=0))["document"]["stopped"] == "time"

    asked(root, questions, "--max-input", "32", "--time-limit", "30")


def test_whatever_is_not_done_in_time_is_ended(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tenantry.mcp import server

    monkeypatch.setattr(server, "GRACE", 0.0)
    request = server._request("validate", {**ACME}, Root(root), Limits())

    async def late() -> None:
        with pytest.raises(RefusedError, match="no answer within 0 seconds"):
            await server._answered(request, cast("Any", None), Limits(time=0.0))

    asyncio.run(late())


def test_every_problem_of_a_fleet_comes_at_once(root: Path) -> None:
    text = (root / "acme.yaml").read_text().replace("trust: trusted", "trsut: trusted").replace("cpu:", "cpx:", 1)

    async def questions(it: Client) -> None:
        found = await error(it, "plan", fleet_text=text)
        with pytest.raises(tenantry.FleetError) as raised:
            tenantry.Fleet.from_yaml(text)
        assert found["kind"] == "fleet"
        assert found["message"] == str(raised.value)
        assert len(found["problems"]) == len(raised.value.problems) > 2
        assert found["omitted"] == raised.value.omitted
        [*_, first] = [row for row in found["problems"] if row.get("suggestion") == "trust"]
        assert first["path"].startswith("tenants[")
        assert first["line"] > 1

    asked(root, questions)


def test_every_wrong_argument_is_named(root: Path) -> None:
    async def questions(it: Client) -> None:
        wrong = {"fleat": "x", "time_limit": "soon", "seed": True, "max_rows": -1, "objective": "cost"}
        message = (await error(it, "plan", **wrong))["message"]
        assert [line.split()[0] for line in message.split("\n")] == [f"`{key}`" for key in wrong]
        for arguments in ({}, {**ACME, "fleet_text": ""}, {**ACME, "first": "shop/frontend"}):
            assert (await error(it, "explain", **arguments))["kind"] == "arguments"
        assert (await error(it, "no\x1b[31m", **ACME))["message"].startswith("there is no tool no\\u{1b}[31m")
        huge = await error(it, "plan", **ACME, seed=10**400)
        assert huge["message"] == "`seed` is between 0 and 18446744073709551615"
        assert (await error(it, "why_not", **ACME))["kind"] == "usage"
        assert (await error(it, "explain", **ACME, first="a", second="b"))["kind"] == "usage"
        assert (await error(it, "place", **ACME, workloads=["nobody"]))["kind"] == "usage"
        assert (await error(it, "plan", **ACME, as_of="tomorrow"))["kind"] == "usage"

    asked(root, questions)


def test_hostile_input_is_inert(root: Path, acme: tenantry.Fleet) -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in pairwise("abcdefghijklmnop"))
    hostile = acme.to_yaml().replace("acme-2026q4", '"ac\\u202Eme\\e[31m\\u2028done"')
    texts = (bomb, "[" * 200_000, "{" * 200_000, '{"a":' * 200_000, "NaN", "\0", '{"schema": NaN}', hostile)

    async def questions(it: Client) -> None:
        for text in texts:
            result = await it.call_tool("validate", {"fleet_text": text})
            shown = json.dumps(result.structured_content, ensure_ascii=False) + text_of(result)
            assert not any(mark in shown for mark in "\u202e\x1b\u2028\0"), shown
            if text != hostile:
                assert result.is_error, text[:20]
        assert (await answer(it, "validate", **ACME))["fleet"]["digest"] == acme.digest

    asked(root, questions)


def test_progress_is_told_to_whoever_asks(root: Path) -> None:
    heard: list[tuple[float, str | None]] = []

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        assert total is None
        heard.append((progress, message))

    async def questions(it: Client) -> None:
        result = await it.call_tool("plan", {**ACME}, progress_callback=on_progress)
        assert not result.is_error

    asked(root, questions)
    assert "at least 7 clusters" in [message for _, message in heard]
    assert heard == sorted(heard, key=lambda event: event[0])


def slow() -> str:
    """A fleet whose prices take minutes: a run for each of sixty rules, of workloads that hardly fit."""
    tenants = [{"name": f"t{i}", "trust": "trusted", "distrusts": [f"t{(i + 3) % 60}"]} for i in range(60)]
    workloads = [
        {
            "name": f"w{i}",
            "tenant": f"t{i % 60}",
            "requests": {"cpu": f"{300 + (i * 7919) % 1700}m", "memory": f"{200 + (i * 104729) % 3000}Mi"},
        }
        for i in range(1500)
    ]
    template = {"name": "node", "allocatable": {"cpu": "7", "memory": "9Gi"}}
    document = {"schema": "tenantry/v1", "tenants": tenants, "workloads": workloads, "clusterTemplates": [template]}
    return json.dumps(document)


def workers(root: Path) -> list[int]:
    """The processes that answer calls of a server in this folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if b"tenantry.mcp.worker" in (folder / "cmdline").read_bytes() and (folder / "cwd").resolve() == root:
                found.append(int(folder.name))
        except OSError:
            continue
    return found


async def until(root: Path, number: int) -> None:
    """Waits until so many processes answer."""
    for _ in range(600):
        if len(workers(root)) == number:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{workers(root)} answer, and not {number}")


on_linux = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="processes are looked up in /proc")


@on_linux
def test_a_call_that_is_cancelled_stops_and_the_next_is_answered(root: Path) -> None:
    (root / "slow.json").write_text(slow())

    async def questions(it: Client) -> None:
        calls = [asyncio.create_task(it.call_tool("prices", {"fleet": "slow.json"})) for _ in range(3)]
        await until(root, 2)  # the third waits for its turn
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await until(root, 0)
        several = await asyncio.gather(*(answer(it, "plan", **ACME) for _ in range(5)))
        assert all(it == several[0] for it in several)

    asked(root, questions)


@on_linux
@pytest.mark.parametrize("how", ["closes", "kills"])
def test_a_client_that_goes_leaves_nothing_behind(root: Path, how: str) -> None:
    (root / "slow.json").write_text(slow())
    about = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    messages: list[dict[str, Any]] = [
        {"id": 1, "method": "initialize", "params": about},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": {"name": "prices", "arguments": {"fleet": "slow.json"}}},
    ]
    command = [sys.executable, "-m", "tenantry", "mcp"]
    server = subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin is not None
    assert server.stdout is not None
    with server:
        for message in messages:
            server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
            server.stdin.flush()
        asyncio.run(until(root, 1))
        if how == "closes":
            server.stdin.close()
        else:
            server.kill()
        server.wait(timeout=60)
        asyncio.run(until(root, 0))


@on_linux
def test_a_call_that_takes_too_much_memory_is_refused_alone(root: Path) -> None:
    workload = '{"name": "w%d", "tenant": "t", "requests": {"cpu": "1m", "memory": "1Mi"}}'
    rows = ",".join(workload % i for i in range(400_000))
    template = '{"name": "c", "allocatable": {"cpu": "9000", "memory": "9000Gi"}}'
    (root / "large.json").write_text(
        '{"schema": "tenantry/v1", "tenants": [{"name": "t", "trust": "trusted"}], '
        f'"clusterTemplates": [{template}], "workloads": [{rows}]}}'
    )

    async def questions(it: Client) -> None:
        found = await error(it, "plan", fleet="large.json")
        assert found["kind"] == "limit"
        assert "bytes of memory" in found["message"]
        assert (await answer(it, "plan", **ACME))["plan"]["clusters"] == 7

    asked(root, questions, "--memory-limit", "384", "--max-input", "65536")


def test_the_command_line_says_what_is_wrong(root: Path) -> None:
    def run(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tenantry", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **more)

    assert run("mcp", "--root", str(root / "none")).returncode == 2
    assert "is no folder" in run("mcp", "--root", str(root / "acme.yaml")).stderr
    assert "'soon'" in run("mcp", "--time-limit", "soon").stderr
    assert "tenantry mcp --help" in run("--help").stdout
    assert "--root DIR" in run("mcp", "--help").stdout
    ended = run("mcp", "--root", str(root))  # nobody speaks
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_without_the_package_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import importlib

    from tenantry.mcp import main

    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(importlib, "import_module", missing)
    assert main([]) == 2
    assert "pip install 'tenantry[mcp]'" in capsys.readouterr().err


def test_the_package_itself_imports_none_of_it() -> None:
    code = "import sys, tenantry; print([m for m in sys.modules if m.startswith(('mcp', 'anyio', 'tenantry.mcp'))])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_guide_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    text = (ROOT / "docs" / "howto-assistants.md").read_text()
    [config] = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert json.loads(config)["mcpServers"]["tenantry"]["args"][0] == "mcp"
    [code, shown] = re.findall(r"```(?:python|text)\n(.*?)```", text, re.DOTALL)
    started = 'command="tenantry", args=['
    assert started in code
    own = f'command={sys.executable!r}, env={PATHS!r}, args=["-m", "tenantry", '
    exec(compile(code.replace(started, own), "howto-assistants.md", "exec"), {})
    assert capsys.readouterr().out == shown
    for name in TOOLS:
        assert f"| `{name}` |" in text


def test_a_process_that_has_answered_ends_by_itself(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    opened = anyio.open_process

    async def open_process(*given: Any, **more: Any) -> Any:
        started.append(await opened(*given, **more))
        # whoever kills what ends by itself may make asyncio wait for it twice
        monkeypatch.setattr(started[-1], "kill", lambda: pytest.fail("it is killed"))
        return started[-1]

    monkeypatch.setattr(anyio, "open_process", open_process)
    context: Any = None
    limits = Limits()
    request = server._request("validate", ACME, Root(str(root)), limits)
    answered = anyio.run(server._answered, request, context, limits)
    assert "answer" in answered
    # by its own word, or because its input has ended
    assert [process.returncode in (0, 1) for process in started] == [True]
