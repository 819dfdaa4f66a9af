"""Where Saoma keeps what must outlive it (journals, keys, pictures of receipts: owner only), and what came with it."""

import os
import sys
from pathlib import Path

from terminal.errors import PlaceError

_CHECKED_OUT = Path(__file__).parents[1] / "configs"
_INSTALLED = Path(sys.prefix) / "share" / "saoma" / "configs"  # where the wheel puts them
CONFIGS = _CHECKED_OUT if _CHECKED_OUT.is_dir() else _INSTALLED
AGREEMENTS = CONFIGS / "interop.toml"  # between the wallets, where no other file is named


def state_dir(given: str | None, purpose: str) -> Path:
    """`--state`, or `$SAOMA_STATE/<purpose>`, or the user's own state directory; made if it is missing.

    Raises PlaceError where it cannot be.
    """
    if given:
        path = Path(given).expanduser().absolute()
    elif base := os.environ.get("SAOMA_STATE"):
        path = Path(base).expanduser().absolute() / purpose
    else:
        import platformdirs  # `saoma --help` answers without it

        path = platformdirs.user_state_path("saoma") / purpose
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise PlaceError(
            f"{path}: cannot keep anything there ({error.strerror}); name another place by --state"
        ) from error
    return path
