"""Creditors' meetings: card, register, agenda, the running meeting, minutes."""
