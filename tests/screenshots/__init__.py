"""Pictures to look at: every kind of mail, and every page, light, dark and narrow."""
