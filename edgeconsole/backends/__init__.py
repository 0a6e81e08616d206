"""What an edge can be asked, and the backends that answer: a configuration file alone, or a proxy's admin API."""
