"""What every slice stands on: clock, ids, errors, settings, database, event log; it knows no slice."""
