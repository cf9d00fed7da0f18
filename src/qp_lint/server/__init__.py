"""The language server: what editors see while a project is written.

`folder.py` keeps the check of a folder up to date, `hover.py`, `links.py` and `actions.py` answer questions, `notebooks.py` knows
the cells of notebooks; `session.py` decides when to check, and `app.py` speaks the protocol (pygls, the extra `lsp`).
"""
