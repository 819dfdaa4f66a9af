"""The coordinator: takes scans and commands, carries payments, tells what happens."""

from terminal.till.performer import Acquirer, Carrier
from terminal.till.thread import TillThread
from terminal.till.till import Till

__all__ = ["Acquirer", "Carrier", "Till", "TillThread"]
