"""What pages for people compute from what is known: pure functions, no page knows another."""
