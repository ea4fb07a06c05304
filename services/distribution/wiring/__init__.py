"""How the parts of the room are put together from settings: printing, sending, what comes back, digests."""
