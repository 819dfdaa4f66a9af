"""The screens: what the till says, for a cashier's eyes, and a cashier's keys, for the till."""
