"""What a table's cells are sorted by."""

import re

NUMBER = re.compile(r"[<>~]?\s*([+-]?\d[\d,]*(?:\.\d+)?)\s*(ns|us|ms|s|k|M|%)?(?![A-Za-z])")
SCALES = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "k": 1e3, "M": 1e6, "%": 1.0, None: 1.0}


def sort_value(cell: str) -> float | None:
    """The number that a cell begins with, in its unit: 1,750 [1,700, 1,800] is 1750, 25 us 0.000025; None for words."""
    found = NUMBER.match(cell)
    if found is None:
        return None
    return float(found[1].replace(",", "")) * SCALES[found[2]]
