"""Verifies one signature again and again and prints how long it took, as JSON: what `load/bench` starts and measures."""

import argparse
import json
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

from app.signatures.certificate import remembered
from app.signatures.model import Policy
from app.signatures.trust import TrustStore, load_trust
from app.signatures.verifier import verify


def main() -> None:
    asked = _arguments()
    trust = load_trust(asked.trust)
    content, signature = asked.document.read_bytes(), asked.signature.read_bytes()
    counts = [0] * asked.threads
    until = 0.0

    def go_on(mine: int) -> None:
        while time.monotonic() < until:
            if asked.anew:
                _forget(trust)
            result = verify(content, signature, at=asked.at, policy=Policy(), trust=trust)
            if not result.is_good:
                sys.exit(f"the signature is {result.verdict}")
            counts[mine] += 1

    until = time.monotonic() + asked.seconds / 5
    go_on(0)  # warm
    counts[0] = 0
    threads = [threading.Thread(target=go_on, args=(index,)) for index in range(asked.threads)]
    began, cpu_began = time.monotonic(), time.process_time()
    until = began + asked.seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall_s, cpu_s = time.monotonic() - began, time.process_time() - cpu_began
    json.dump({"verifications": sum(counts), "wall_s": wall_s, "cpu_s": cpu_s}, sys.stdout)


def _forget(trust: TrustStore) -> None:
    """As if this signer had never been seen; what is trusted stays read, its lists stay checked."""
    trust.chains.clear()
    remembered.cache_clear()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("document", "signature", "trust"):
        parser.add_argument(name, type=Path)
    parser.add_argument("at", type=datetime.fromisoformat)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument(
        "--anew", action="store_true", help="remember no chain and no certificate of a signer"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
