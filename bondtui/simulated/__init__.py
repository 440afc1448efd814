"""A model of the bonding driver that runs on a clock of its own: pure, deterministic, no kernel needed."""
