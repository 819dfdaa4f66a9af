"""`python -m terminal` is `saoma`."""

import sys

from terminal.cli import main

sys.exit(main())
