"""Benchmarks: Portico's speed beside an ordinary implementation and a lower bound (the ceiling)."""
