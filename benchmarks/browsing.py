"""What a person waits for: the worklist in a real chromium, from a real `icp-hub serve`.

`worklist` calls it with the filled installation, after its own figures. Each load is a new browser
context that holds the session and no file: the style sheet and script are fetched every time. It is
over when the first row's link can be clicked. The browser tests take the browser from here too.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from benchmarks.report import Figure
from benchmarks.stage import Plan, Void, child, free_ports, listening

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Browser, StorageState

    from hub.settings import Settings

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
LIMIT_MS = 1000
LOADS = 10
ROWS = 50
SLOWER = 4
SKIPPED = (
    "worklist in a browser: SKIPPED, no chromium on this machine: install one or set CHROMIUM."
    " The second that a page may take was NOT measured."
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_DESK: Mapping[str, Any] = {"viewport": {"width": 1280, "height": 860}}
_PHONE: Mapping[str, Any] = {
    "viewport": {"width": 360, "height": 780},
    "device_scale_factor": 3,
    "is_mobile": True,
    "has_touch": True,
}
_TIMES = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return {server: page.responseStart, ready: page.domContentLoadedEventEnd,
    painted: paint ? paint.startTime : null, kb: performance.getEntries()
      .reduce((sum, one) => sum + (one.transferSize || 0), 0) / 1024};
}"""


@dataclass(frozen=True, slots=True)
class Load:
    """One cold load in ms from the start of the navigation; `kb` is what came over the wire."""

    server: float
    ready: float
    painted: float
    usable: float
    kb: float


def chromium_path() -> str | None:
    """Return the browser of this machine: `CHROMIUM`, else one on the path, else None."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)


def run(settings: Settings, login: str, password: str) -> tuple[dict[str, Figure], tuple[str, ...]]:
    """Measure the worklist of a person who signs in; no figures and a loud line without chromium.

    `Void` where a load does not show one page of plans.
    """
    found = chromium_path()
    if found is None:
        return {}, (SKIPPED,)
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # only where a browser is

    http, sftp = free_ports(2)
    url = f"http://127.0.0.1:{http}"
    here = replace(settings, http_port=http, sftp_port=sftp, public_url=url)
    with child("serve", here, Plan(plans=0)):
        asyncio.run(listening(http))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
            session = _signed_in(browser, url, login, password)
            desk = list(_loads(browser, url, session, _DESK, 1))
            phone = list(_loads(browser, url, session, _PHONE, SLOWER))
            browser.close()
    gate = f"<= {LIMIT_MS}"
    return figures_of("worklist_browser", desk, gate) | figures_of(
        "worklist_phone", phone, None
    ), ()


def _signed_in(browser: Browser, url: str, login: str, password: str) -> StorageState:
    context = browser.new_context(base_url=url)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/worklist")
    session = context.storage_state()
    context.close()
    return session


def _loads(
    browser: Browser, url: str, session: StorageState, screen: Mapping[str, Any], slower: int
) -> Iterator[Load]:
    """Yield each cold load, the processor slowed by a factor for a phone."""
    for _ in range(LOADS):
        context = browser.new_context(base_url=url, storage_state=session, **screen)
        page = context.new_page()
        control = context.new_cdp_session(page)
        control.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        start = time.perf_counter()
        page.goto("/worklist", wait_until="commit")
        page.locator("tbody th a").first.click(trial=True)
        usable = (time.perf_counter() - start) * 1000
        page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
        page.wait_for_load_state()
        told, shown = page.evaluate(_TIMES), page.locator("tbody tr").count()
        context.close()
        if shown != ROWS:
            raise Void(f"the browser shows {shown} plans, not {ROWS}")
        yield Load(usable=usable, **told)


def figures_of(name: str, loads: list[Load], gate: str | None) -> dict[str, Figure]:
    """Return when a row can be clicked as median and p95, and what it is made of as medians."""
    usable = [one.usable for one in loads]
    late = statistics.quantiles(usable, n=20, method="inclusive")[-1]
    told = {
        name: _median(usable, "ms until a row can be clicked", gate),
        f"{name}_p95": Figure(late, "ms until a row can be clicked", gate=gate),
    }
    for part in ("server", "painted", "ready"):
        told[f"{name}_{part}"] = _median([getattr(one, part) for one in loads], "ms")
    told[f"{name}_weight"] = _median([one.kb for one in loads], "KB over the wire")
    return told


def _median(values: list[float], unit: str, gate: str | None = None) -> Figure:
    return Figure(statistics.median(values), unit, gate=gate, low=min(values), high=max(values))
