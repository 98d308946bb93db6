"""What an editor is told of a config: the JSON Schema, made from the models alone.

Vocabulary: a *shape* is the JSON Schema of one value; a *definition* is the shape of a model's mapping under `$defs`,
without its `type`, so that it also fits where a mapping is one of several things that a setting takes.
"""
