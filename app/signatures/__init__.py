"""Electronic signatures: is this one good, whose is it, and whom do we trust; knows nothing of meetings or claims."""
