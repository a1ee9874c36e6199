"""The figures of open runs."""

from bookstore.plots.latency import burst, ccdf, split, vs_cores, vs_rate, vs_workers

# By file name, in the order of the report.
FIGURES = {
    "latency_vs_cores": vs_cores.draw,
    "latency_vs_rate": vs_rate.draw,
    "latency_ccdf": ccdf.draw,
    "latency_split": split.draw,
    "latency_burst": burst.draw,
    "latency_vs_workers": vs_workers.draw,
}
