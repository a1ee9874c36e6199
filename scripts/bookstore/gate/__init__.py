"""Whether a change made a row slower."""
