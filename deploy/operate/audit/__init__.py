"""`afterword audit`: a chain of seals over the log of events, which shows whether somebody has changed it since."""
