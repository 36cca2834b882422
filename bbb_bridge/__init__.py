"""Video rooms for meetings (BigBlueButton); it knows nothing of the app."""
