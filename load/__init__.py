"""Simulated participants and the checker: they speak frames and HTTP only, like any other client."""
