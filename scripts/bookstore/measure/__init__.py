"""Running the binaries."""
