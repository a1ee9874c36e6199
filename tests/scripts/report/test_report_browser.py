"""The report of a large made-up run in a browser: Debian's Chromium, headless, by the keyboard where a reader can.

Where there is no browser these tests are passed over, unless BOOKSTORE_BROWSER says `needed`.
"""

import json
import math
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_report import ANSWERS, check_whole

from bookstore import plots
from bookstore.data.results import Results, Run, load_run
from bookstore.data.service import Shape, Wish, steps_of, time_ns
from bookstore.findings import reach
from bookstore.report.html.page import page
from conftest import FAKE, run_module

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    webdriver = None

CORES = (4, 16, 64, 96, 192)
BACKENDS = "sequential,threads,tbb,event_loop"
ENOUGH = 4.5  # contrast of text: WCAG 2.2, 1.4.3
WIDTHS = (360, 1440)
SCHEMES = ("light", "dark")

# Text that is shown, against what it stands on: contrast as WCAG 2.2 has it.
CONTRAST = """
const parse = (text) => {
  const parts = (text.match(/[\\d.]+/g) || []).map(Number);
  return parts.length < 3 ? null : [parts[0], parts[1], parts[2], parts.length > 3 ? parts[3] : 1];
};
const light = ([r, g, b]) => {
  const [x, y, z] = [r, g, b].map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
};
const ground = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = parse(getComputedStyle(at).backgroundColor);
    if (colour && colour[3] > 0.99) return colour;
  }
  return parse(getComputedStyle(document.documentElement).backgroundColor);
};
const found = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || element.closest("script, style, title, desc")) continue;
  if (!element.getClientRects().length) continue;
  const drawn = element instanceof SVGElement;
  const style = getComputedStyle(element);
  const ink = parse(drawn ? style.fill : style.color), paper = ground(element);
  if (!ink || !paper) { found.push(["no colour", walker.currentNode.data, 0]); continue; }
  const [a, b] = [light(ink), light(paper)].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < LIMIT) found.push([element.tagName, walker.currentNode.data.trim().slice(0, 40), ratio]);
}
return found;
"""


def widened(run: Run) -> Run:
    """The same run as if it had been measured on up to 192 cores."""

    def wide(results: Results | None) -> Any:
        if results is None:
            return None
        more = [
            replace(
                row,
                name=row.name.replace("/cores:2/", f"/cores:{cores}/"),
                counters={**row.counters, "cores": float(cores)},
                real_time=row.real_time * 2 / cores,
            )
            for row in results.rows
            if "/cores:2/" in row.name
            for cores in CORES
        ]
        return replace(results, rows=[*results.rows, *more])

    environment = {**run.environment, "cores": [1, 2, *CORES], "machine_cores": 192}
    return replace(
        run,
        environment=environment,
        throughput=wide(run.throughput),
        latency=wide(run.latency),
        overhead=wide(run.overhead),
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report") / "run"
    beside = {name: FAKE.with_name(f"fake_bench_{name}.py") for name in ("latency", "overhead")}
    options = [part for name, path in beside.items() for part in (f"--{name}-binary", path)]
    asked = [
        "--profile",
        "smoke",
        "--workloads",
        "counter",
        "--backends",
        BACKENDS,
        "--no-plots",
        "--out",
        out,
    ]
    done = run_module("cli.run", ["--binary", FAKE, *options, *asked])
    assert done.returncode == 0, done.stderr
    run = widened(load_run(out))
    path = out / "wide.html"
    path.write_text(page(run, ANSWERS, plots.svgs(run), plots.colours(run)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    driver, chromium = shutil.which("chromedriver"), shutil.which("chromium")
    if webdriver is None or driver is None or chromium is None:
        if os.environ.get("BOOKSTORE_BROWSER") == "needed":
            pytest.fail("no browser here; scripts/setup --ci installs one")
        pytest.skip("no browser here; scripts/setup --ci installs one")
    options = Options()
    options.binary_location = chromium
    # Tests run as root in containers, whose shared memory is small.
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    made = webdriver.Chrome(service=Service(driver), options=options)
    try:
        yield made
    finally:
        made.quit()


def seen(browser: Any, file: Path, width: int, scheme: str, medium: str = "") -> None:
    """Opens the page as a reader with such a screen sees it."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    media = {"media": medium, "features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    browser.get(file.as_uri())


def test_a_large_report_in_a_browser(browser: Any, file: Path) -> None:
    """One test, so that the page is made and the browser started once."""
    check_whole(file.read_text(encoding="utf-8"))
    for width in WIDTHS:
        for scheme in SCHEMES:
            seen(browser, file, width, scheme)
            nothing_overflows(browser)
            assert browser.execute_script(CONTRAST.replace("LIMIT", str(ENOUGH))) == []
    seen(browser, file, 1440, "light")
    nothing_was_fetched(browser)
    a_box_switches_its_backend_in_all_pictures(browser)
    heads_sort_their_tables(browser)
    points_tell_their_rows(browser)
    the_adviser_says_what_the_command_says(browser, file)
    commands_are_copied(browser)
    seen(browser, file, 800, "light", "print")
    nothing_overflows(browser)
    assert not browser.find_element(By.CSS_SELECTOR, ".switches").is_displayed()
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


def nothing_overflows(browser: Any) -> None:
    wide, room = browser.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= room
    beyond = browser.execute_script(
        """return Array.from(document.querySelectorAll("body *")).filter((each) =>
             !(each instanceof SVGElement) && !each.closest(".wide, .picture, nav, .skip") &&
             each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.outerHTML.slice(0, 80))"""
    )
    assert beyond == []


def nothing_was_fetched(browser: Any) -> None:
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0


def shown_pictures(browser: Any, backend: str) -> tuple[int, int]:
    """In how many pictures the backend has parts, and in how many of these one can be seen."""
    return tuple(
        browser.execute_script(
            """const figures = Array.from(document.querySelectorAll("figure"));
               const parts = figures.map((each) =>
                 Array.from(each.querySelectorAll("[data-backend]")).filter((part) => part.dataset.backend === arguments[0]));
               const own = parts.filter((each) => each.length);
               return [own.length, own.filter((each) => each.some((part) => part.getClientRects().length)).length];""",
            backend,
        )
    )


def a_box_switches_its_backend_in_all_pictures(browser: Any) -> None:
    box = browser.find_element(By.CSS_SELECTOR, '.switches input[value="threads"]')
    pictures, shown = shown_pictures(browser, "threads")
    assert pictures == shown >= 12
    box.send_keys(Keys.SPACE)
    assert shown_pictures(browser, "threads") == (pictures, 0)
    others, still = shown_pictures(browser, "event_loop")
    assert others == still > 10
    box.send_keys(Keys.SPACE)
    assert shown_pictures(browser, "threads") == (pictures, pictures)


def heads_sort_their_tables(browser: Any) -> None:
    table = browser.find_element(By.CSS_SELECTOR, "#throughput table")
    heads = table.find_elements(By.CSS_SELECTOR, "th")

    def column(index: int) -> list[str]:
        return list(
            browser.execute_script(
                "return Array.from(arguments[0].tBodies[0].rows).map((row) =>"
                " row.cells[arguments[1]].dataset.value || row.cells[arguments[1]].textContent)",
                table,
                index,
            )
        )

    for order, key in (("ascending", 1), ("descending", -1)):
        heads[3].find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)
        values = [float(value) for value in column(3)]
        assert values == sorted(values)[::key] and len(set(values)) > 3
        assert [head.get_attribute("aria-sort") for head in heads].count(order) == 1
        assert heads[3].get_attribute("aria-sort") == order
    heads[1].find_element(By.TAG_NAME, "button").click()
    assert column(1) == sorted(column(1)) and heads[3].get_attribute("aria-sort") == "none"


def points_tell_their_rows(browser: Any) -> None:
    figure = browser.find_element(By.CSS_SELECTOR, "#throughput_vs_cores")
    picture, told = (figure.find_element(By.CSS_SELECTOR, name) for name in (".picture", ".told"))
    browser.execute_script("navigator.clipboard.writeText = async (text) => { window.taken = text; }")
    browser.execute_script("arguments[0].focus({focusVisible: true})", picture)
    assert told.text.startswith("Left and right arrow keys")
    picture.send_keys(Keys.ARROW_RIGHT)
    first = told.text
    assert first.startswith("counter/sequential/cores:1/workers:1: ") and first.endswith("tasks/s")
    picture.send_keys(Keys.ARROW_RIGHT)
    assert told.text.startswith("counter/sequential/cores:2/workers:1: ")
    picture.send_keys(Keys.ENTER)
    wanted = "build/release/bench_throughput --row counter/sequential/cores:2/workers:1"
    assert told.text == f"Copied: {wanted}" and browser.execute_script("return window.taken") == wanted
    picture.send_keys(Keys.ARROW_LEFT)
    assert told.text == first
    picture.send_keys(Keys.ESCAPE)
    assert told.text == ""
    point = figure.find_elements(By.CSS_SELECTOR, ".point")[20]
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", point)
    ActionChains(browser).move_to_element(point).perform()
    assert "/cores:" in told.text and told.text.endswith("tasks/s")


def the_adviser_says_what_the_command_says(browser: Any, file: Path) -> None:
    """For whatever is filled in, the settings, verdicts and figures of `findings.reach`."""
    bases = reach.bases_of(widened(load_run(file.parent)))
    seen_verdicts = set()
    for steps, rate, p99 in (
        ("20us+1ms", 8000, "5ms"),
        ("7us+300us", 30_000, "100us"),
        ("40us", 300_000, "1s"),
    ):
        cpu, _, wait = steps.partition("+")
        for name, value in (("cpu", cpu), ("wait", wait), ("rate", str(rate)), ("p99", p99)):
            field = browser.find_element(By.CSS_SELECTOR, f'.adviser [name="{name}"]')
            field.send_keys(Keys.CONTROL, "a", Keys.NULL, value or Keys.DELETE)
        wish = Wish(Shape(steps_of(steps)), rate, time_ns(p99, 10**10, "p99") * 1e-9)
        basis = reach.nearest(bases, wish.shape)
        assert basis is not None
        expected = reach.reached(wish, basis)
        rows = browser.execute_script(
            "return Array.from(document.querySelectorAll('.adviser tbody tr')).map((row) =>"
            " Array.from(row.cells).map((cell) => cell.textContent.replaceAll(',', '')))"
        )
        assert len(rows) == len(expected) > 5
        told = {(row[1], int(row[3])): row for row in rows}
        for each in expected:
            row = told[each.setting.backend, each.setting.cores]
            assert (row[0], int(row[2])) == (each.verdict, each.setting.workers)
            assert float(row[4]) == pytest.approx(each.cpu_per_second(wish), rel=0.01)
            assert float(row[7].rstrip("x")) == pytest.approx(each.headroom(wish), rel=0.1)
            assert (row[6] == "-") == math.isnan(each.p99)
            seen_verdicts.add(each.verdict)
        assert rows[0][0] == expected[0].verdict
    assert len(seen_verdicts) == 3
    command = browser.find_element(By.CSS_SELECTOR, ".adviser .again button").get_attribute("data-command")
    assert command == "scripts/advise --cpu 40us --rate 300000 --p99 1s"
    field = browser.find_element(By.CSS_SELECTOR, '.adviser [name="cpu"]')
    field.send_keys(Keys.CONTROL, "a", Keys.NULL, "<b>1e300us")
    assert field.get_attribute("aria-invalid") == "true"
    assert browser.find_element(By.CSS_SELECTOR, ".adviser .told").text.startswith("Times are a number")


def commands_are_copied(browser: Any) -> None:
    """By the clipboard; where there is none, by a selection that is copied."""
    button = browser.find_element(By.CSS_SELECTOR, "#c1 .again button")
    command = button.get_attribute("data-command")
    assert command.startswith("build/release/bench_throughput --row shelving/threads/cores:1")
    button.send_keys(Keys.ENTER)
    assert button.text == "Copied" and browser.execute_script("return window.taken") == command
    browser.execute_script(
        """navigator.clipboard.writeText = async () => { throw new Error("none"); };
           document.addEventListener("copy", () => { window.taken = document.activeElement.value; });"""
    )
    other = browser.find_element(By.CSS_SELECTOR, "footer button")
    other.send_keys(Keys.ENTER)
    assert other.text == "Copied"
    taken = browser.execute_script("return window.taken")
    assert taken == other.get_attribute("data-command") and taken.startswith("scripts/run --profile smoke")
    assert json.loads(browser.execute_script("return JSON.stringify(document.title)")).startswith(
        "Run: fake-machine"
    )
