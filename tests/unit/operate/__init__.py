"""Operating tools: what can be told without a broker."""
