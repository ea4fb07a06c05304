"""What every room stands on. Nothing in here knows a business noun beyond the messages themselves."""
