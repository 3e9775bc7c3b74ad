"""HTTP in front of the executor, as thin as it can be."""
