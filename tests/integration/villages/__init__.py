"""Villages from addresses, on a real PostgreSQL."""
