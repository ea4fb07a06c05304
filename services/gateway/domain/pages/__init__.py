"""What pages compute before they show it. Pure."""
