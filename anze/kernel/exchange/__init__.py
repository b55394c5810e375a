"""Excel in and out: batches of lines, checked before anything is written, and undone as a whole.

A room above makes one of its lists importable and exportable by a ``Spec`` (``specs.py``)::

    from anze.kernel.exchange.specs import Column, Spec, register
"""
