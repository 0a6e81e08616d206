"""What DNS, firewalls and certificates must provide for a configuration, and why, row by row of the planning tables."""
