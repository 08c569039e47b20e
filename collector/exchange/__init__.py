"""Avis that go from one store to another: as a folder, or page by page."""
