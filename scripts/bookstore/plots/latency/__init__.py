"""The figures of open runs."""
