"""Demo worlds: the example that every doc and test speaks of, and large ones to measure with."""
