"""The parts of the screens: each shows one value and reports facts upward."""
