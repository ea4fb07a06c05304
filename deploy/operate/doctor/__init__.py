"""`afterword doctor`: what is wrong with an installation, where, and the command that helps."""
