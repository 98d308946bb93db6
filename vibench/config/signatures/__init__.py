"""Classes named in a config, read from their source: nothing is imported, neither a module nor its parents.

Vocabulary: a *place* is where a module's source is; a *definition* is a class or function in its module; *opaque* is
what cannot be known without running code (a compiled module, a name that a call makes); a *lineage* is a class and its
bases in the order that Python looks through them; an *argument* is one parameter of a class as a file can write it.
"""
