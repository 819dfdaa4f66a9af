"""Us beside our peers, in one run, on the machine at hand: `python -m benchmarks`, or `saoma bench`."""
