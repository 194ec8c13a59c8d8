"""The report from Python, and the page in a real browser (skipped where there is no Chromium with its driver)."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import tenantry

HOSTILE = "</script><img src=x onerror=\"document.title='owned'\">'\"&| [a](b) \u202e"


def test_it_is_written_by_the_ending(acme_plan: tenantry.Plan, tmp_path: Path) -> None:
    acme_plan.write_report(tmp_path / "a.html")
    acme_plan.write_report(str(tmp_path / "a.md"))
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == acme_plan.report()
    assert (tmp_path / "a.md").read_text(encoding="utf-8") == acme_plan.report(format="markdown")
    with pytest.raises(tenantry.UsageError, match=r"a\.pdf: no format is known by its ending"):
        acme_plan.write_report(tmp_path / "a.pdf")
    with pytest.raises(tenantry.UsageError, match="html"):
        acme_plan.report(format="pdf")  # type: ignore[arg-type]
    assert not (tmp_path / "a.pdf").exists()


def test_documents_beside_it(acme: tenantry.Fleet, acme_plan: tenantry.Plan, examples: Path) -> None:
    assert "Prices were not asked for" in acme_plan.report()
    page = acme_plan.report(prices=acme.prices())
    assert "not asked for" not in page and "The ladder" in page
    other = tenantry.Fleet.load(examples / "shop.yaml")
    with pytest.raises(tenantry.UsageError, match="made for another fleet"):
        acme_plan.report(prices=other.prices())
    with pytest.raises(tenantry.UsageError, match="made for another fleet"):
        acme_plan.report(other)
    alone = tenantry.Plan.from_json(acme_plan.to_json())
    with pytest.raises(tenantry.PlanError, match="without its fleet"):
        alone.report()
    assert alone.report(acme) == acme_plan.report()


class _Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)


def test_a_notebook_has_the_same_facts(acme_plan: tenantry.Plan) -> None:
    part = acme_plan._repr_html_()
    tags = _Tags(part).seen
    assert "script" not in tags and "body" not in tags and "details" in tags
    for cluster in acme_plan.clusters:
        assert cluster.name in part


class Browser:
    """Chromium through its driver: the few commands of WebDriver that are needed."""

    def __init__(self, address: str, profile: Path) -> None:
        self._address = address
        flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--user-data-dir={profile}",
        ]
        wanted = {"goog:chromeOptions": {"args": flags}, "goog:loggingPrefs": {"browser": "ALL"}}
        session = self._send("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/session/{session['sessionId']}"

    def _send(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self._address + path, data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def open(self, page: Path) -> None:
        self._send("POST", self._session + "/url", {"url": page.as_uri()})

    def run(self, script: str) -> Any:
        return self._send("POST", self._session + "/execute/sync", {"script": script, "args": []})

    def tell(self, command: str, **parameters: Any) -> Any:
        """A command of the DevTools protocol."""
        return self._send("POST", self._session + "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def said(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._send("POST", self._session + "/se/log", {"type": "browser"})
        return found

    def width(self, pixels: int) -> None:
        self.tell(
            "Emulation.setDeviceMetricsOverride", width=pixels, height=800, deviceScaleFactor=1, mobile=pixels < 600
        )

    def close(self) -> None:
        self._send("DELETE", self._session)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    driver = shutil.which("chromedriver")
    if driver is None or shutil.which("chromium") is None:
        pytest.skip("no Chromium with its driver here: apt-get install chromium chromium-driver")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([driver, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                with urllib.request.urlopen(address + "/status", timeout=5):
                    break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        it = Browser(address, tmp_path_factory.mktemp("profile"))
        yield it
        it.close()
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, acme_plan: tenantry.Plan) -> dict[str, Path]:
    """An ordinary page, one of hostile names, and one of many clusters."""
    place = tmp_path_factory.mktemp("pages")
    hostile = tenantry.Fleet.from_dict(
        {
            "schema": "tenantry/v1",
            "name": HOSTILE.replace("\u202e", ""),
            "asOf": "2026-11-23",
            "policy": {
                "attributes": {"side": "any"},
                "separate": [{"by": "side", "reason": HOSTILE.replace("\u202e", "")}],
            },
            "tenants": [{"name": name, "trust": "trusted", "attributes": {"side": name}} for name in ("a", "b")],
            "workloads": [
                {"name": "web", "tenant": name, "requests": {"cpu": 1, "memory": "1Gi"}} for name in ("a", "b")
            ],
            "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 8, "memory": "8Gi"}}],
        }
    )
    many = tenantry.Fleet.from_dict(
        {
            "schema": "tenantry/v1",
            "asOf": "2026-11-23",
            "tenants": [{"name": f"tenant-{it}", "trust": "untrusted"} for it in range(200)],
            "workloads": [
                {"name": f"w{it}", "tenant": f"tenant-{it % 200}", "requests": {"cpu": 3, "memory": "1Gi"}}
                for it in range(500)
            ],
            "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 4, "memory": "8Gi"}}],
        }
    )
    found = {}
    plans = {"acme": acme_plan, "hostile": tenantry.plan(hostile), "many": tenantry.plan(many)}
    assert len(plans["many"].clusters) == 500
    for name, plan in plans.items():
        found[name] = place / f"{name}.html"
        plan.write_report(found[name])
    return found


@pytest.mark.parametrize("name", ["acme", "hostile", "many"])
@pytest.mark.parametrize("width", [360, 1200])
def test_a_page_fits_and_complains_of_nothing(browser: Browser, pages: dict[str, Path], name: str, width: int) -> None:
    browser.width(width)
    browser.said()
    browser.open(pages[name])
    assert browser.run("return innerWidth") == width
    assert browser.run("const all = document.documentElement; return all.scrollWidth <= all.clientWidth")
    assert browser.said() == []
    assert browser.run("return document.querySelectorAll('img, iframe, script').length") == 1
    assert browser.run("return document.title").startswith("Plan of ")


@pytest.mark.parametrize("width", [360, 1200])
def test_pages_of_answers_fit(browser: Browser, tmp_path: Path, acme: tenantry.Fleet, width: int) -> None:
    hostile = acme.to_dict()
    hostile["name"] = hostile["policy"]["distrust"][0]["reason"] = HOSTILE.replace("\u202e", "")
    named = tenantry.Fleet.from_dict(hostile)
    answers = {
        "why": named.why(),
        "why-not": named.why_not(clusters=6),
        "relax": named.relax(clusters=4),
        "prices": named.prices(tenants=True),
        "blast": named.blast(),
        "diff": tenantry.plan(acme).diff(tenantry.plan(acme.without("separate:environment"))),
        "compare": tenantry.compare(acme, named),
    }
    browser.width(width)
    for name, answer in answers.items():
        page = tmp_path / f"{name}.html"
        page.write_text(answer.html(), encoding="utf-8")
        browser.said()
        browser.open(page)
        assert browser.run("const all = document.documentElement; return all.scrollWidth <= all.clientWidth"), name
        assert browser.said() == []
        assert browser.run("return document.querySelectorAll('img, iframe, script').length") == 0
        # who listens is told what each table is of
        regions = "[...document.querySelectorAll('[role=region]')]"
        assert browser.run(f"return {regions}.every(it => it.getAttribute('aria-label').length > 3)")


def test_a_screen_shows_every_column_of_the_clusters(browser: Browser, pages: dict[str, Path]) -> None:
    browser.width(1280)
    browser.open(pages["acme"])
    hidden = "const it = document.querySelector('#clusters .scroll'); return it.scrollWidth - it.clientWidth"
    assert browser.run(hidden) <= 0


def test_a_long_name_of_a_tenant_leaves_room_for_the_rows(browser: Browser, tmp_path: Path) -> None:
    """The head of the matrix stays in sight: higher than its frame, it would cover every row."""
    name = "n" * 253
    fleet = tenantry.Fleet.from_dict(
        {
            "schema": "tenantry/v1",
            "asOf": "2026-11-23",
            "tenants": [{"name": name, "trust": "trusted"}],
            "workloads": [{"name": "web", "tenant": name, "namespace": "web", "requests": {"cpu": 1, "memory": "1Gi"}}],
            "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 8, "memory": "8Gi"}}],
        }
    )
    page = tmp_path / "long.html"
    tenantry.plan(fleet).write_report(page)
    browser.width(1280)
    browser.open(page)
    head, most, shown = browser.run("""
        const scroll = document.querySelector('#matrix .scroll'), table = scroll.querySelector('table');
        return [table.tHead.offsetHeight, parseFloat(getComputedStyle(scroll).maxHeight), table.tHead.textContent];
    """)
    assert head < 0.75 * most and name in shown


def test_on_paper_a_wide_matrix_is_said_in_words(browser: Browser, pages: dict[str, Path]) -> None:
    browser.width(1200)
    browser.open(pages["many"])
    shown = "['#matrix .matrix', '#matrix .paper'].map(it => document.querySelector(it).offsetParent !== null)"
    assert browser.run(f"return {shown}") == [True, False]
    browser.tell("Emulation.setEmulatedMedia", media="print")
    try:
        assert browser.run(f"return {shown}") == [False, True]
        rows = browser.run("""
            const of = (name) => document.querySelector('#matrix ' + name);
            const heads = [...of('.matrix').tHead.rows[0].cells].map(it => it.textContent);
            const words = (row) => [...row.cells].slice(1).map((it, at) => [heads[at + 1], it.textContent])
              .filter(([, count]) => count).map(it => it.join(' ')).join(', ');
            const [wide, paper] = [of('.matrix'), of('.paper')].map(it => [...it.tBodies[0].rows]);
            return wide.map((row, at) => [words(row), paper[at].cells[1].textContent, paper.length - wide.length]);
        """)
        assert rows and all(wide == paper and more == 0 for wide, paper, more in rows)
    finally:
        browser.tell("Emulation.setEmulatedMedia", media="")


def test_it_filters_and_sorts(browser: Browser, pages: dict[str, Path]) -> None:
    browser.width(1200)
    browser.open(pages["many"])
    table = "const table = document.querySelector('#clusters table'), rows = table.tBodies[0].rows;"
    first = browser.run(table + "return rows[0].cells[0].textContent")
    seen = browser.run(
        table
        + "const input = document.querySelector('#clusters input'); input.value = rows[7].cells[0].textContent;"
        + "input.dispatchEvent(new Event('input'));"
        + "return [[...rows].filter(row => !row.hidden).length, document.querySelector('#clusters output').textContent]"
    )
    assert seen == [1, "1 of 500 rows"]
    names = browser.run(
        table
        + "const head = table.tHead.rows[0].cells[0], button = head.querySelector('button'), names = [];"
        + "for (const _ of [1, 2]) { button.click(); names.push([head.ariaSort, rows[0].cells[0].textContent]); }"
        + "return names"
    )
    assert [way for way, _ in names] == ["ascending", "descending"]
    assert names[0][1] != names[1][1] and first


def test_it_says_all_without_its_script(browser: Browser, pages: dict[str, Path]) -> None:
    browser.width(1200)
    browser.open(pages["acme"])
    text = "return [...document.querySelectorAll('td, th, p, li')].map(it => it.innerText.replace(/\\s+/g, ' ').trim())"
    with_script = browser.run(text)
    browser.tell("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(pages["acme"])
        browser.tell("Emulation.setScriptExecutionDisabled", value=False)
        assert browser.run("return document.querySelectorAll('button, input').length") == 0
        assert browser.run(text) == with_script
    finally:
        browser.tell("Emulation.setScriptExecutionDisabled", value=False)


def test_keyboard_and_screen_reader_find_their_way(browser: Browser, pages: dict[str, Path]) -> None:
    browser.width(1200)
    browser.open(pages["acme"])
    assert browser.run("return document.documentElement.lang") == "en"
    # what scrolls can be reached and has a name; every table has a caption and heads with a scope
    assert browser.run(
        "return [...document.querySelectorAll('.scroll')].every(it => it.tabIndex === 0 && it.ariaLabel)"
    )
    assert browser.run(
        "return [...document.querySelectorAll('table')].every(it => it.caption"
        " && [...it.querySelectorAll('th')].every(th => th.scope))"
    )
    assert browser.run("return [...document.querySelectorAll('svg')].every(it => it.ariaHidden || it.ariaLabel)")
    assert browser.run("return document.querySelectorAll('h1').length") == 1
    links = "[...document.querySelectorAll('nav a')].every(it => document.querySelector(it.getAttribute('href')))"
    assert browser.run(f"return {links}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_dark(browser: Browser, pages: dict[str, Path], scheme: str) -> None:
    browser.width(1200)
    browser.tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    try:
        browser.open(pages["acme"])
        contrasts = browser.run("""
            const light = (text) => {
              const [r, g, b] = text.match(/[\\d.]+/g).slice(0, 3).map(Number).map(c => c / 255)
                .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
              return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            const ground = light(getComputedStyle(document.body).backgroundColor);
            const of = (name) => getComputedStyle(document.querySelector(name));
            const cell = of('.in');
            return [
              ...['p', 'nav a', '.warning strong', 'th'].map(name => contrast(light(of(name).color), ground)),
              contrast(light(cell.color), light(cell.backgroundColor)),
            ];
        """)
        assert min(contrasts) >= 4.5, contrasts
        assert (browser.run("return matchMedia('(prefers-color-scheme: dark)').matches")) is (scheme == "dark")
    finally:
        browser.tell("Emulation.setEmulatedMedia", features=[])
