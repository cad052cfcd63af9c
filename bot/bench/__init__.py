"""Measurements as commands: each prints ours beside a floor measured in turn in the same run."""
