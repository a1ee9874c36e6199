"""Which backends are measured where nobody named any."""

from bookstore.data.names import FAMILIES, KNOWN, OVERLAPPED, USUAL, backends_by_default, family

BUILT = ["sequential", "threads", "event_loop", "event_loops", "coroutines", "yours"]


def test_the_usual_ones_of_those_that_were_built_in_the_builds_order() -> None:
    assert backends_by_default(BUILT) == ["sequential", "threads", "event_loop", "event_loops"]
    assert backends_by_default(BUILT, every=True) == BUILT


def test_what_begins_alike_is_told_apart() -> None:
    assert set(USUAL) < set(KNOWN) and set(OVERLAPPED) < set(KNOWN)
    for name in KNOWN:
        assert family(f"raw_{name}") == FAMILIES.get(name, name)
