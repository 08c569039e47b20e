"""Alerts: what is due, for whom, by which way, and whether it was taken."""
