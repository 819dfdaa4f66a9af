"""Where Saoma keeps what must outlive it: journals, keys, pictures of receipts. Owner only."""

import os
from pathlib import Path


def state_dir(given: str | None, purpose: str) -> Path:
    """`--state`, or `$SAOMA_STATE/<purpose>`, or the user's own state directory; made if it is missing."""
    if given:
        path = Path(given).expanduser().absolute()
    elif base := os.environ.get("SAOMA_STATE"):
        path = Path(base).expanduser().absolute() / purpose
    else:
        import platformdirs  # `saoma --help` answers without it

        path = platformdirs.user_state_path("saoma") / purpose
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path
