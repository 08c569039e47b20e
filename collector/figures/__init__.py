"""Counters to what is shown of them. Pure: no I/O, no clock."""
