"""What the caller cannot go on past.

A refusal, a blank frame or a slow customer is a value, for it happens every day. These are the rest:

    SaomaError
    ├── ConfigError          the file, the key, the value and what is allowed
    ├── PlaceError           a folder that cannot be made or written
    ├── DeviceError          a camera, scanner or printer that is not there, or no longer
    ├── JournalError         the books cannot be kept: no payment may start
    │   ├── JournalLocked        another till has them
    │   ├── JournalDamaged       integrity or hash chain broken
    │   └── IllegalMove          a payment was asked to go where its state does not allow
    ├── NoBill               an acquirer has no bill of that day, or none that can be believed
    └── TransportError
        ├── NotSent              nothing reached the acquirer: safe to refuse or to try again
        └── NoAnswer             a byte may have left: the outcome is unknown
"""

try:
    from termios import error as _termios_error
except ImportError:  # Windows has none, and nothing there raises one
    _termios_error = OSError  # type: ignore[misc, assignment]

# What a serial line raises when its plug is pulled, as measured with a real USB adapter: pyserial's own errors are
# OSErrors too, but some calls raise termios.error, which is not one.
GONE = (OSError, _termios_error)


class SaomaError(Exception):
    """Anything Saoma says no to; the message is for a person and names the way out."""


class ConfigError(SaomaError):
    """A setting that cannot be used."""


class PlaceError(SaomaError):
    """A folder of ours that cannot be made or written."""


class DeviceError(SaomaError):
    """A device that cannot be opened, or went away."""


class JournalError(SaomaError):
    """The journal cannot take an entry."""


class JournalLocked(JournalError):
    """Another process keeps these books."""


class JournalDamaged(JournalError):
    """The file or its hash chain is broken."""


class IllegalMove(JournalError):
    """A payment is not in a state from which this step is allowed."""


class NoBill(SaomaError):
    """There is nothing to hold our books against."""


class TransportError(SaomaError):
    """A request did not come back with a reply."""


class NotSent(TransportError):
    """The connection never stood: no byte of the request can have been seen."""


class NoAnswer(TransportError):
    """The request may have been seen and no whole reply came: the money may have moved."""
