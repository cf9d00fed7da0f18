"""The language server: what editors see while a project is written.

`folder.py` keeps the check of a folder up to date, `hover.py`, `links.py` and `actions.py` answer questions; `session.py` decides
when to check, and `app.py` speaks the Language Server Protocol (pygls, the extra `lsp`).
"""
