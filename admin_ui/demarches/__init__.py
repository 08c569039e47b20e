"""Démarches: the list of those one may see, adding, settings."""
