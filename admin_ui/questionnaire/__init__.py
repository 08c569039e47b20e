"""The questions of a démarche: choosing, writing, publishing."""
