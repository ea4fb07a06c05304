"""Sharing beyond one mail: what people choose to get, and the weekly digest. Pure."""
