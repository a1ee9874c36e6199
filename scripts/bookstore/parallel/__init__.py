"""Doing many things at a time."""
