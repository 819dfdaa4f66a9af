"""The scanners there are, by the protocol they speak."""

from collections.abc import Callable, Mapping

from firmware_sim.devices.scanners.gm65 import Gm65
from firmware_sim.devices.scanners.insides import Insides, LineScanner
from firmware_sim.devices.scanners.newland import NewlandScanner
from firmware_sim.devices.scanners.ssi import SsiScanner
from firmware_sim.devices.scanners.syn import SynScanner

SCANNERS: Mapping[str, Callable[[], Insides]] = {
    "lines": LineScanner,
    "ssi": SsiScanner,
    "gm65": Gm65,
    "syn": SynScanner,
    "newland": NewlandScanner,
}
