"""The pages: HTML for people, made on the server."""
