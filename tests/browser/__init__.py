"""Journeys of a user in Chromium against the real server."""
