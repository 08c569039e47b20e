"""The commands of `jdma`, a subject each; `collector.cli` puts them together."""
