"""A backend as virtual time plays it, and the names of such rows."""

from dataclasses import dataclass

from bookstore.data.rows import Row

VIRTUAL = "simulated"
# At which the steps of foretold rows are run: at prices that make up for it, so that a million tasks take seconds.
STEP_SCALE = 0.01


@dataclass(frozen=True)
class Way:
    """A backend, and what decides how many workers it is given on so many cores."""

    backend: str
    overlapped: bool  # goes on with other tasks while one waits
    single: bool  # one worker on whatever cores


@dataclass(frozen=True)
class Played:
    """So many workers of a backend on so many cores; open at a rate of arrivals a second, closed at 0."""

    workload: str
    backend: str
    cores: int
    workers: int
    rate: float = 0.0

    def row(self, tasks: int) -> str:
        """Closed, as bench_throughput takes it."""
        return f"{self._shop}/tasks:{tasks}/cpu_scale:{STEP_SCALE:g}/as:{self.backend}"

    def open_row(self, duration: float) -> str:
        """As bench_latency takes it."""
        return f"{self._shop}/cpu_scale:{STEP_SCALE:g}/rate:{self.rate:.10g}/duration:{duration:.10g}/as:{self.backend}"

    @property
    def _shop(self) -> str:
        return f"{self.workload}/{VIRTUAL}/cores:{self.cores}/workers:{self.workers}"


def played_of(row: Row) -> Played:
    """Of a row in virtual time, or of the measured one that it foretells."""
    names = (name.removeprefix("as_") for name in row.counters if name.startswith("as_"))
    backend = next(names, row.backend)
    return Played(workload_of(row), backend, row.cores, row.workers, row.counters.get("rate", 0.0))


def workload_of(row: Row) -> str:
    """Searches for capacity have it behind their own word."""
    return row.name.split("/")[1] if row.workload == "capacity" else row.workload
