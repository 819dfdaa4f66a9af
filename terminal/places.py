"""Where Saoma keeps what must outlive it (journals, keys, pictures of receipts: owner only), and what came with it."""

import os
import sys
from pathlib import Path

from terminal.errors import PlaceError

_CHECKED_OUT = Path(__file__).parents[1] / "configs"
_INSTALLED = Path(sys.prefix) / "share" / "saoma" / "configs"  # where the wheel puts them
CONFIGS = _CHECKED_OUT if _CHECKED_OUT.is_dir() else _INSTALLED
AGREEMENTS = CONFIGS / "interop.toml"  # between the wallets, where no other file is named
GOODS = CONFIGS / "catalogue.csv"  # of the demo's shop
JOURNAL = "journal.db"  # in a state folder


def state_place(given: str | None, purpose: str) -> Path:
    """`--state`, or `$SAOMA_STATE/<purpose>`, or the user's own state directory, whether it is there or not."""
    if given:
        return Path(given).expanduser().absolute()
    if base := os.environ.get("SAOMA_STATE"):
        return Path(base).expanduser().absolute() / purpose
    import platformdirs  # `saoma --help` answers without it

    return platformdirs.user_state_path("saoma") / purpose


def state_dir(given: str | None, purpose: str) -> Path:
    """`state_place`, made if it is missing; raises PlaceError where nothing can be written."""
    path = state_place(given, purpose)
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(0, "not ours to write")
    except OSError as error:
        raise PlaceError(
            f"{path}: cannot keep anything there ({error.strerror}); name another place by --state"
        ) from error
    return path
