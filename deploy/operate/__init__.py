"""What whoever is on call needs: parked messages, the topology, users and their permissions."""
