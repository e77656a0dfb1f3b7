"""The web server: the JSON API under /v1, public pages and artefacts."""
