"""Command ids as clients make them."""

import secrets


def new_command_id() -> bytes:
    return secrets.token_bytes(16)
