"""Benchmarks with ratios: the product as users start it, beside peers, in rounds in turn."""
