"""Measurements that are run by hand: `./run python -m tests.benchmarks.NAME --help`."""
