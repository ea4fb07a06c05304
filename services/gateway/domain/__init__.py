"""What the gateway decides by itself, pure: what a view shows, who may call what, what a webhook means."""
