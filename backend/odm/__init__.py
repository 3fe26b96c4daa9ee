"""A Genestack ODM server: what it holds, and what curators change there.

paths       the two forms of its addresses           server     asking: role, token, errors
paging      lists and cursors, to their true end     filters    the filter language, quoted; exQuery
metadata    studies, samples, libraries, versions    facets     studies by facet, with counts
omics       queries and expression items             streaming  the data of a group as CSV
groups      data groups, chains of versions          selection  a result as a matrix of a study
snippets    the exact request as curl and Python

wishes      what may be imported, checked            steps      its steps and requests, in their order
calls       the dry run: every request before        importing  the run of it, step by step
journal     what is done, on disk                    kept       files that wait for their upload
jobs, job_forms  jobs of the server and what they say    linking    links, looked at again
links       addresses the server fetches             changes, curation  patches, validation
checking    files against the rules, before
"""
