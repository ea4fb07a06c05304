"""Pages of the gateway, over fakes."""
