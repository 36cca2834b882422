"""Example files of a meeting, and the program that makes them."""
