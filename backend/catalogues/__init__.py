"""Catalogues of data sets, to be searched side by side with the same words.

base      what a catalogue is, and how those of this machine are searched
own       the lab's own studies            archs4    ARCHS4 files of this machine, and those that can be fetched
sections  spatial files of this machine    stomics, rnaget, odm    services
asking    all of them, or a few at a time

A further catalogue is one file and one line in `asking.known`.
"""
