"""Measurements as ratios of one run; see `bench.run`."""
