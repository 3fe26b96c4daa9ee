"""The live services of ARCHS4. They answer the same questions in several dialects:

sigpy    what archs4.org itself calls: boxes with counts, co-expression within a term, search, counts of samples
legacy   what clients have called for years: boxes (PHP), co-expression over all human samples (matrixapi)
v1       documented, never observed on a public host; what a lab's own server may speak

service    one dialect at one address        choosing   which one answers, and what to do when none does
health     which do not answer just now      boxes      tissue answers to tables
search     words to sets of samples          counts     counts of chosen samples, as a task of the service
"""
