"""The figures of a machine's history."""
