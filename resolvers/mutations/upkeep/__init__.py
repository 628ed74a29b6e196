"""Access that looks after itself: ends of access are told before, and dormant users are warned and removed."""
