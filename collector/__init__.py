"""Je donne mon avis: the collector."""

__version__ = "0.1.0"
