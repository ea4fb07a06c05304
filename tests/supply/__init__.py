"""What Afterword is made of: a bill of materials, and whether any of it is known to be vulnerable."""
