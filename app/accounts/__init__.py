"""Persons, their roles in meetings, access links and browser sessions."""
