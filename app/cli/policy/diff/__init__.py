"""`portico policy diff`: on live data, and by traits."""
