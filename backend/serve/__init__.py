"""The HTTP API over local sources: GA4GH RNAget and the ARCHS4 API, without the dashboard."""
