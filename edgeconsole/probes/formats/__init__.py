"""Results of probes for machines: OpenMetrics, JUnit, and the exit codes of monitoring plug-ins. Pure."""
