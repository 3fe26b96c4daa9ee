"""Client of GA4GH RNAget servers: 1.2, 1.1, 1.0, the draft before, and v0.1.0 that answers with the matrix itself.

server     one server: what it speaks, how it is asked       catalogue    projects, studies, expressions, filters
tickets    where bytes are, and who gets which header        slices       a matrix, checked against what was asked
payload    the bytes of a matrix, whatever form they have    *_form       the forms: TSV, loom and HDF5, JSON
loom_apart HDF5 is first read where it harms nobody           apart_work   the program that does it
tracks     continuous signals of a region                    annotations  records of v0.1.0 that are no matrices
"""
