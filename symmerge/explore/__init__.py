"""The interactive page of ``symmerge explore``; nothing is computed here but by the library.

:mod:`.question` says what can be asked and who answers, :mod:`.diagram` fills the phase diagram,
:mod:`.upload` reads a file from the browser, :mod:`.exports` writes what is taken away,
:mod:`.words` turns answers into the page's text, and :mod:`.page` and :mod:`.server` show it all.
The last two need the packages of the extra ``explore``.
"""
