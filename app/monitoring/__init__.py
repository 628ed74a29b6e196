"""What Prometheus reads of a server: counts that the server keeps anyway, turned into text when it is requested."""
