"""The report of a run as one page: everything is in it, nothing is fetched."""
