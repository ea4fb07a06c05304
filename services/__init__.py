"""The five rooms. Run from the root of the project: this folder must never be on sys.path itself."""
