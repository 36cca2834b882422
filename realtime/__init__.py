"""A generic live engine: topics, views, patches, commands over websockets; it knows no domain and no database."""
