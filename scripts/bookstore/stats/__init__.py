"""Statistics as pure functions: no file, no row, no backend."""
