"""What Prometheus reads of a server or a worker: counts that it keeps anyway, turned into text when it is requested."""
