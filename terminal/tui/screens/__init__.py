"""The screens: they arrange widgets and carry keys to the till."""
