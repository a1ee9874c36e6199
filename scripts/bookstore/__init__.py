"""Running, reading, comparing and drawing the benchmark's results."""
