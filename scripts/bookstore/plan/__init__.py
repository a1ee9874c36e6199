"""What a run measures: which rows, how often, in which order, how long. Pure functions."""
