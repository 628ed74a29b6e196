"""The console, the single-page app in `console/`: building it, and serving what was built. Imports: app.http."""
