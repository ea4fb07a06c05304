"""Calendar: the meeting's rules, its slot, its entry, and the handlers over stand-ins."""
