"""Advice in text: the choice in a sentence, then a table, then why not the others."""

import math
from collections.abc import Iterable, Sequence

from bookstore.data.service import (
    CORES,
    LIMIT,
    ONE_THREAD,
    WAITING_THREAD,
    WORK,
    WORKERS,
    RuledOut,
    Setting,
    Wish,
)
from bookstore.findings import reach
from bookstore.findings.advice import (
    FAILS,
    GLANCED,
    HOLDS,
    UNSETTLED,
    Judged,
    as_cheap,
    choice,
    ranked,
)
from bookstore.report.numbers import NOTHING, number, short_time, time_unit
from bookstore.report.spreads import median_text, spread_text, what_it_is
from bookstore.report.tables import Table, terminal, wrapped
from bookstore.stats.intervals import Spread

HEADERS = ["verdict", "backend", "workers", "cores", "CPU-s/s", "MB", "delay p99", "headroom"]
MB = 1e6
DISTURBED = "~"


def text(
    wish: Wish,
    judged: Sequence[Judged],
    ruled_out: Sequence[RuledOut],
    unseen: Sequence[Setting],
) -> str:
    """All that is said of what was measured; `unseen` are those that there was no time to look at."""
    order = ranked(judged)
    notes = [
        *_verdict_notes(wish, order),
        *([_figures_note(wish, order)] if order else []),
        # Where nobody is left the sentence says why.
        *(f"ruled out: {_who(each)}, {_why(wish, each)}." for each in ruled_out if order),
        *(
            [
                f"not measured for want of time (a longer --seconds has it), or not ended in time: {_listed(unseen)}."
            ]
            if unseen
            else []
        ),
    ]
    head = wrapped(sentence(wish, order, ruled_out))
    lines = [_line(each) for each in order]
    return "\n".join(head) + "\n" + terminal([Table(HEADERS if lines else [], lines, notes)])


def asked(wish: Wish) -> str:
    """8,000/s of 20us+1ms with 99 % delayed at most 5 ms"""
    steps = " ".join(value for _, value in wish.shape.params)
    return f"{number_of(wish.rate)}/s of {steps} with p99 of the delay within {short_time(wish.limit)}"


def sentence(wish: Wish, judged: Sequence[Judged], ruled_out: Sequence[RuledOut]) -> str:
    """The choice."""
    best = choice(judged)
    if best is None:
        if any(each.verdict in (UNSETTLED, GLANCED) for each in judged):
            return (
                f"Nothing is settled for {asked(wish)}: measure longer (--seconds), or on a quieter machine."
            )
        if judged:
            return f"Nothing that was measured serves {asked(wish)}."
        return f"Nothing serves {asked(wish)}: {'; '.join(_why(wish, each) for each in ruled_out)}."
    cpu, delay = best.cpu_per_second, best.tried.delay
    assert cpu is not None and delay is not None  # else it would not hold
    rivals = [
        each for each in as_cheap([each for each in judged if each.verdict == HOLDS]) if each is not best
    ]
    beside = f"; as cheap within the intervals: {_listed(each.setting for each in rivals)}" if rivals else ""
    return (
        f"{_named(best.setting)} serves {asked(wish)}, at {median_text(cpu)} CPU-seconds a second:"
        f" delay p99 {_times(delay)}{beside}."
    )


def _line(each: Judged) -> list[str]:
    setting, tried = each.setting, each.tried
    delay = "OVERLOAD" if tried.overload else _times(tried.delay)
    disturbed = DISTURBED * tried.mostly_disturbed
    return [
        each.verdict,
        setting.backend,
        f"{setting.workers:,}",
        f"{setting.cores}",
        median_text(each.cpu_per_second),
        _figure(tried.memory / MB),
        f"{delay}{disturbed}",
        f"{_figure(each.headroom, 2)}{'x' * math.isfinite(each.headroom)}",
    ]


def _verdict_notes(wish: Wish, judged: Sequence[Judged]) -> list[str]:
    limit = short_time(wish.limit)
    notes = {
        HOLDS: f"{HOLDS}: the whole interval of its p99 is within {limit}; the cheapest first.",
        UNSETTLED: f"{UNSETTLED}: {limit} lies within the interval, or others took the CPUs while it failed.",
        FAILS: f"{FAILS}: the whole interval is above {limit}, or it did not keep up (OVERLOAD).",
        GLANCED: f"{GLANCED}: one short run, no interval; others were more promising, or cheaper.",
    }
    there = {each.verdict for each in judged}
    if any(each.tried.limited for each in judged):
        notes[""] = "no figure: the machine's limit was reached (ulimit, control groups)."
        there.add("")
    return [note for verdict, note in notes.items() if verdict in there]


def _figures_note(wish: Wish, judged: Sequence[Judged]) -> str:
    runs = [len(each.tried.runs) for each in judged if each.tried.runs]
    brackets = what_it_is(each.tried.delay for each in judged)
    count = f"{min(runs)} to {max(runs)}" if runs and min(runs) < max(runs) else f"{max(runs, default=1)}"
    less = f" less the {short_time(wish.shape.wait)} of asked waits" if wish.shape.wait else ""
    text = (
        f"delay: latency{less}, {count} fresh processes each{f'; [ ]: {brackets}' if brackets else ''}; headroom: what it"
        " did closed, all tasks there at once, over the rate (not measured where long waits make that long); MB: peak"
        " with as many tasks as are there in the mean."
    )
    if any(each.tried.mostly_disturbed for each in judged):
        text += f" {DISTURBED}: others took the CPUs in half of the processes or more."
    return text


def _why(wish: Wish, each: RuledOut) -> str:
    ceiling = f"at most {number_of(each.ceiling)}/s"
    cpu, stay = short_time(wish.shape.cpu), short_time(wish.shape.stay)
    return {
        WORK: f"the work alone is {number(wish.load)} CPU-seconds a second, more than {_cores(each.amount)} can do",
        LIMIT: f"the delay holds the task's own {cpu} of work",
        CORES: f"{ceiling}, which the work alone fills ({cpu} a task)",
        ONE_THREAD: f"{ceiling}: one thread does all the work, {cpu} a task",
        WAITING_THREAD: f"{ceiling}: one thread waits with each task, {stay} each",
        WORKERS: f"{ceiling}: the {each.amount:,} workers that it has at most wait with their tasks, {stay} each",
    }[each.reason]


def _who(each: RuledOut) -> str:
    everybody = f"everybody on {_cores(each.amount)}" if each.reason == CORES else "everybody"
    return each.who or everybody


def from_run(wish: Wish, found: Sequence[reach.Reached], basis: reach.Basis, run: str) -> str:
    """What a run says of it that measured other tasks."""
    first = next((each for each in found if each.verdict == reach.LIKELY), None)
    if first is None:
        head = f"Nothing in this run is sure to serve {asked(wish)}."
    else:
        head = (
            f"{_named(first.setting)} should serve {asked(wish)}, at {number(first.cpu_per_second(wish))}"
            f" CPU-seconds a second, as far as {basis.workload} tells."
        )
    lines = [
        [
            each.verdict,
            each.setting.backend,
            f"{each.setting.workers:,}",
            f"{each.setting.cores}",
            number(each.cpu_per_second(wish)),
            _figure(each.memory / MB),
            f"about {short_time(each.p99)}" if math.isfinite(each.p99) else NOTHING,
            f"{_figure(each.headroom(wish), 2)}x",
        ]
        for each in found
    ]
    notes = [
        f"from {run}: no such tasks were measured there. The nearest are those of {basis.workload}:"
        f" {_apart('CPU', basis.work, wish.shape.cpu)}, {_apart('wait', basis.wait, wish.shape.wait)}.",
        "assumed: a wait costs a backend the CPU that it cost there, the cores are filled as they were, and at the same"
        " part of its capacity (or the next that was measured above) a task is delayed as long, or longer by as much as"
        " it costs more. A guess has no interval: measure without --from.",
        "headroom: the capacity so told, over the rate; MB: as measured there, of whatever was.",
    ]
    return "\n".join(wrapped(head)) + "\n" + terminal([Table(HEADERS, lines, notes)])


def _apart(what: str, there: float, here: float) -> str:
    if min(there, here) <= 0:
        return f"{what} {_or_none(there)} where {_or_none(here)} is asked"
    ratio = max(there, here) / min(there, here)
    return f"{what} {short_time(there)} where {short_time(here)} is asked ({number(ratio, 2)} times)"


def _or_none(seconds: float) -> str:
    return short_time(seconds) if seconds > 0 else "none"


def _named(setting: Setting) -> str:
    workers = "1 worker" if setting.workers == 1 else f"{setting.workers:,} workers"
    return f"{setting.backend} with {workers} on {_cores(setting.cores)}"


def _listed(settings: Iterable[Setting]) -> str:
    return ", ".join(map(_named, settings))


def _cores(count: int) -> str:
    return "1 core" if count == 1 else f"{count} cores"


def _times(value: Spread | None) -> str:
    """210 [180, 330] us"""
    if value is None:
        return NOTHING
    unit, length = time_unit(value.median)
    return f"{spread_text(value.times(1 / length))} {unit}"


def _figure(value: float, digits: int = 3) -> str:
    return number(value, digits) if math.isfinite(value) else NOTHING


def number_of(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 1000 else f"{rate:.3g}"
