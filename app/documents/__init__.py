"""Documents as files: rendered once, stored, hashed, signed, served as the same bytes; knows nothing of meetings."""
