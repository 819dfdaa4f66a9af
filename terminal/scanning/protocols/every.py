"""The protocols there are, by the name that `[scanner] protocol` gives them."""

from collections.abc import Callable, Mapping

from terminal.scanning.protocols.gm65 import Gm65Host
from terminal.scanning.protocols.lines import LineHost, LineProfile
from terminal.scanning.protocols.newland import NewlandHost
from terminal.scanning.protocols.ssi import SsiHost
from terminal.scanning.protocols.syn import SynHost
from terminal.scanning.protocols.talk import ScannerHost

PROTOCOLS: Mapping[str, Callable[[LineProfile], ScannerHost]] = {
    "lines": LineHost,
    "ssi": SsiHost,
    "gm65": Gm65Host,
    "syn": SynHost,
    "newland": NewlandHost,
}
