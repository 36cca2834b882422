"""What people read about a meeting, in Russian: a page of texts a file."""
