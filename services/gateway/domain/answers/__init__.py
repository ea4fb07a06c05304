"""What routes answer, matter by matter: typed, so that the API describes itself. Pure."""
