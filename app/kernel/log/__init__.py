"""The event log: the truth of a topic, a hash chain of events appended by compare-and-set."""
