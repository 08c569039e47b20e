"""The administration: where porteurs, analysts and operators live.

It imports the collector, never the reverse. `routes.py` lists every page and who may open it.
"""
