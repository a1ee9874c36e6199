"""The figures of costs beside the work."""
