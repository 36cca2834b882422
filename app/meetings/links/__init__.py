"""Access links of a meeting for sending and for paper."""
