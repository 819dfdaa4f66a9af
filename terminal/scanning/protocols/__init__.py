"""What scanners speak. A protocol is one file here, one line in `every.py`, and one stand-in in the world."""
