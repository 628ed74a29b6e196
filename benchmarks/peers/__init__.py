"""Another GraphQL server, measured beside Portico: PostGraphile, with the same rules as row-level security."""
