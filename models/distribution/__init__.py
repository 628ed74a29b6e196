"""Where rows are in a database that is distributed over several machines."""
