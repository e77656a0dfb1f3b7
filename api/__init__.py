"""The outside: HTTP, pages, the command line, settings, and the wiring of the rooms."""
