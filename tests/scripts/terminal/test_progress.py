"""How far it is, on a terminal and in a log."""

import pytest
from bookstore.terminal import progress as module
from bookstore.terminal.progress import Progress, duration


def test_durations_as_people_say_them() -> None:
    assert [duration(value) for value in (-1, 0.4, 59.4, 60, 125)] == [
        "0 s",
        "0 s",
        "59 s",
        "1 min 00 s",
        "2 min 05 s",
    ]


class Stream:
    def __init__(self, terminal: bool) -> None:
        self.text = ""
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass


def test_progress_updates_one_line_on_a_terminal() -> None:
    stream = Stream(terminal=True)
    progress = Progress(stream)  # type: ignore[arg-type]
    progress.show("a long line", "chapter 1")
    progress.show("a short", "chapter 1")
    assert stream.text == "\ra long line\ra short    "
    progress.say("stays")
    assert stream.text.endswith("\r" + " " * len("a short") + "\rstays\n")


def test_a_log_has_a_line_a_chapter() -> None:
    stream = Stream(terminal=False)
    progress = Progress(stream)  # type: ignore[arg-type]
    for text, chapter in (("a", "1"), ("b", "1"), ("c", "2"), ("d", "2"), ("e", "1")):
        progress.show(text, chapter)
    assert stream.text == "a\nc\ne\n"


def test_a_log_without_chapters_has_a_line_every_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    stream = Stream(terminal=False)
    progress = Progress(stream)  # type: ignore[arg-type]
    for second in range(25):
        now[0] = 100.0 + second
        progress.show(f"{second}")
    progress.say("end")
    assert stream.text == "0\n10\n20\nend\n"
