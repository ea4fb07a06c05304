"""What benches keep, and when a ratio fell."""
