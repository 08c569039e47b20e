"""Boutons: adding, the lines to paste, and whether they work."""
