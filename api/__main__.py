"""``python -m api`` is ``testamur``."""

from api.cli import main

if __name__ == "__main__":
    main()
