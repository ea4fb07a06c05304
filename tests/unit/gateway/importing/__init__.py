"""Reading postmortems that organisations have."""
