"""Addresses that people left to be written back to."""
