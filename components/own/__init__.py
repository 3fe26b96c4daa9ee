"""The part of Studies for the lab's own: import, validation, editing, versions."""
