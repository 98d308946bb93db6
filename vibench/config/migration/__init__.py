"""Old keys of a file are rewritten by splices of its text.

`layout` knows where entries stand, `places` finds them, `inserting` and `edit` change them. `offers` says what could be
changed, `rewriting` how a row of the table of old keys is carried out; `migrate` does it and looks at what came of it.
"""
