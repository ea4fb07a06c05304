"""`afterword forget`: taking a person out of every collection, every queue and the log of events."""
