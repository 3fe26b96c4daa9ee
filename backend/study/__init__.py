"""Expression matrices of studies: features x samples, with what is known of each sample.

    matrix    one in memory, checked            store     one on disk, read a few genes at a time
    writing   blocks of numbers into a store    standard  its index for co-expression
    compare   two versions of one
    profile   genes over groups of samples      partners  co-expression over its samples

Sources that hold studies (RNAget servers, a lab's own files) keep them in this form.
"""
