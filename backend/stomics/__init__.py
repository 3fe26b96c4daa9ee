"""STOmics (stomics.io): data sets of spatial transcriptomics, asked with a key.

    server    one way to ask: key, redirects, errors in words    budget   calls of the last hour
    datasets  the list and the detail                             files    files, and where one is fetched from
    probe     what its own schema confirms (openapi, points)      expression, shapes   values of a gene

Only the calls and the fields of shared knowledge are certain; everything read through aliases is marked as assumed.
"""
