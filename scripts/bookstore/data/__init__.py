"""Reading and keeping files of results."""
