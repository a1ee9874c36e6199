"""The figures of closed runs."""
