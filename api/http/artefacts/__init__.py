"""What stands on its own and software reads: badges, achievements, lists, the log, health. Where an
address is a page as well, whoever asks for HTML gets it."""
