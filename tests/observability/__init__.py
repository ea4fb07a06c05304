"""What is to be seen of a running Afterword, tried on a real Prometheus."""
