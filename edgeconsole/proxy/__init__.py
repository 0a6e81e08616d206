"""The local proxy: terminates federation traffic, enforces the configuration, serves the admin API."""
