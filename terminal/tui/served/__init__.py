"""The till in a browser, through textual-serve: an optional extra, loaded only where it is asked for."""
