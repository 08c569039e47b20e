"""Figures for others: open data, and the European feedback repository."""
