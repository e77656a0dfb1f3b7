"""The JSON Schemas of Open Badges 3.0 and CLR 2.0, known offline.

Each ``.schema`` file beside this one is our own table of what a standard's published JSON Schemas
ask; the conformance tests prove that what the tables are read as is what is published, keyword by
keyword. Documents are held to a stricter reading of the same tables (``forms.py``).

A table's lines::

    publish URL NAME     the object that the schema at URL describes
    object NAME          an object, with its members indented beneath it
    closed NAME          one that may have no other members
    open NAME WORD…      one of these words, or a term of one's own that begins with ``ext:``
    only NAME WORD…      one of these words
    either NAME A B      A, or where it is a text, B
    + …                  more of the line above

A member is ``NAME TYPE``, or ``NAME! TYPE`` where it has to be there. Its type is the name of
another line, followed by ``*`` for one or an array of them and by ``+`` for one or an array that
is not empty; or ``text``, ``uri``, ``time``, ``date``, ``number``, ``boolean``, ``language``,
``jwt``, ``map``; ``is WORD`` (that text), ``has A B|C`` (an array that contains A, and B or C), or
``begins PATTERN…`` (contexts: that of credentials, then these).
"""

from badges.schemas.forms import LANGUAGE_TAG
from badges.schemas.judging import schema_problems
from badges.schemas.tables import published_schema, published_urls

__all__ = ["LANGUAGE_TAG", "published_schema", "published_urls", "schema_problems"]
