"""Names of files that every system takes, and every tool that carries results about."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_reference_runs_can_be_carried_anywhere() -> None:
    """Windows and GitHub's upload action refuse these letters."""
    names = [path.name for path in (ROOT / "results" / "reference").rglob("*")]
    assert any(name.endswith(".hgrm") for name in names)
    assert [name for name in names if set(name) & set('":<>|*?\\\r\n')] == []
