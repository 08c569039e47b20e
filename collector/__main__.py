"""`python -m collector` is `jdma`."""

from collector.cli import main

main()
