"""The machine itself, for `saoma doctor`: its power, its card, who may use its devices, who may read its secrets."""

import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from terminal.commands.finding import Finding, Findings

GROUPS = {"dialout": "serial ports", "video": "cameras", "input": "keyboard scanners", "lp": "printers on USB"}
# What the firmware of a Raspberry Pi keeps: whether its voltage is, or since the start has been, too low.
THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"
LOW_NOW, LOW_ONCE = 1 << 0, 1 << 16
CARD = "/dev/mmcblk"
MOUNT_FIELDS = 3  # device, place and kind come before the options


def power(root: Path = Path("/")) -> Findings:
    """Only a Raspberry Pi tells. Too thin a supply looks like cameras and scanners that vanish."""
    try:
        told = int((root / THROTTLED).read_text(encoding="ascii"), 16)
    except (OSError, ValueError):
        return
    do = "use the supply that was made for it, and a hub with a supply of its own"
    if told & LOW_NOW:
        yield Finding("power", False, "the voltage is too low", do)
    elif told & LOW_ONCE:
        yield Finding("power", False, "the voltage has been too low since it was switched on", do)
    else:
        yield Finding("power", True, "the voltage is as it should be")


def card(state: Path, root: Path = Path("/")) -> Findings:
    """Whether what is on an SD card is written to by reading it, too; nothing to say of other disks."""
    try:
        mounts = (root / "proc/self/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    places = {fields[1]: fields for line in mounts if len(fields := line.split()) > MOUNT_FIELDS}
    fields = next((places[str(place)] for place in (state, *state.parents) if str(place) in places), [""])
    if fields[0].startswith(CARD):
        good = "noatime" in fields[MOUNT_FIELDS].split(",")
        do = f"write noatime beside the options of {fields[1]} in /etc/fstab, then restart"
        yield Finding("card", True if good else None, f"{fields[0]} at {fields[1]}", "" if good else do)


def groups(mine: Iterable[str] | None = None) -> Findings:
    """Who may open devices on Linux; what is plugged in already is said on its own line."""
    if sys.platform != "linux" or os.geteuid() == 0:
        return
    missing = [group for group in GROUPS if group not in (_mine() if mine is None else mine)]
    found = "; ".join(f"{group} for {GROUPS[group]}" for group in missing)
    do = f"sudo usermod -aG {','.join(missing)} $USER   (then log in again)" if missing else ""
    yield Finding("groups", None if missing else True, f"not in {found}" if missing else "all of them", do)


def secrets(files: Iterable[Path]) -> Findings:
    """Books and keys are their owner's; one that is not there has nothing to hide."""
    for file in files:
        if file.exists() and (mode := stat.S_IMODE(file.stat().st_mode)) & stat.S_IRWXO:
            yield Finding("secrets", False, f"{file} is open to everybody ({mode:o})", f"chmod o= {file}")


def _mine() -> set[str]:
    import grp

    names = set()
    for number in os.getgroups():
        try:
            names.add(grp.getgrgid(number).gr_name)
        except KeyError:  # a group that has no name
            continue
    return names
