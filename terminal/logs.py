"""The till's log: a file, never the screen. Codes are masked before they get anywhere near it."""

import logging
import logging.handlers
from pathlib import Path

KEPT_BYTES, KEPT_FILES = 1 << 20, 3


def log_to(path: Path) -> None:
    """Send everything at INFO and above to `path`, a few files of a megabyte each; raises OSError."""
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=KEPT_BYTES, backupCount=KEPT_FILES, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
