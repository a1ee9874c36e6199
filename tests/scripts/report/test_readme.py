"""The results in the README are those of the reference run that it names."""

from dataclasses import replace
from pathlib import Path

import pytest

from bookstore.data.results import Run, load_run
from bookstore.report import readme
from bookstore.terminal.errors import InputError
from conftest import ROOT, is_one_line, run_module

PLACE = "results/reference/box/run"
TEXT = f"""# Title

<!-- results: begin screen {PLACE} -->
old
<!-- results: end -->
words
<!-- results: begin verdicts {PLACE} -->
<!-- results: end -->
"""


@pytest.fixture(scope="module")
def run(run_folder: Path) -> Run:
    return load_run(run_folder)


def test_the_readme_says_what_its_reference_run_says() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    place = readme.run_named_in(text)
    fresh = readme.rewritten(text, place, readme.blocks(load_run(ROOT / place), place))
    assert fresh == text, "README.md differs from its reference run: scripts/report --readme writes it anew"
    for name in ("picture", "screen", "verdicts", "figures"):
        assert text.count(f"<!-- results: begin {name} {place} -->") == 1


def test_what_the_readme_links_to_is_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    place = readme.run_named_in(text)
    run = load_run(ROOT / place)
    for name in readme.PICTURES:
        linked = f"{place}/plots/{name}.png" in text
        assert linked == (run.folder / "plots" / f"{name}.png").exists()
    assert (run.folder / "summary.md").exists()


def test_blocks_are_written_between_their_markers_and_nowhere_else() -> None:
    fresh = readme.rewritten(TEXT, "results/reference/box/new", {"screen": "new\\1\n", "verdicts": "all\n"})
    assert fresh == TEXT.replace("old\n", "new\\1\n").replace(
        f"{PLACE} -->\n<!--", f"{PLACE} -->\nall\n<!--"
    ).replace(PLACE, "results/reference/box/new")
    assert readme.run_named_in(fresh) == "results/reference/box/new"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no marker", "names no run"),
        (TEXT.replace(f"verdicts {PLACE}", "verdicts results/reference/box/other"), "names 2 runs"),
    ],
)
def test_a_readme_without_its_run_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        readme.run_named_in(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TEXT.replace("screen", "scream"), "no results are called 'scream'"),
        (TEXT.rpartition("<!-- results: end")[0], "has no end"),
        ("words alone", "has no marker"),
    ],
)
def test_markers_that_mean_nothing_are_refused(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        readme.rewritten(text, PLACE, {"screen": "", "verdicts": ""})


def test_every_block_says_what_it_is_for(run: Run, run_folder: Path) -> None:
    found = readme.blocks(run, PLACE)
    assert found["picture"].endswith(f"]({PLACE}/plots/timeline.png)\n")
    assert found["screen"].startswith("```\n") and f"all of it: {PLACE}/summary.md\n```\n" in found["screen"]
    assert found["screen"].count("\n") <= 52
    lines = found["verdicts"].splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == [f"| C{number}" for number in range(1, 9)]
    assert f"]({PLACE}/summary.md)" in found["figures"] and f"{PLACE}/plots/map.png" in found["figures"]
    assert "**interleaving gain**: " in found["figures"] and "latency_vs_rate" not in found["figures"]
    bare = readme.blocks(replace(run, folder=run_folder.parent), PLACE)
    assert bare["picture"] == "" and "plots/" not in bare["figures"]


def test_only_a_reference_run_may_be_shown(run_folder: Path) -> None:
    done = run_module("cli.report", ["--readme", run_folder])
    assert done.returncode == 2 and is_one_line(done.stderr) and "is no reference run" in done.stderr
    done = run_module("cli.report", [])
    assert done.returncode == 2 and is_one_line(done.stderr)
