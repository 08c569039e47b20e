"""The dashboard of a démarche, and its files."""
