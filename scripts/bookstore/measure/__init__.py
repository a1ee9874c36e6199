"""Running the benchmark binaries and keeping what they wrote."""
