"""Everything that is not a page: data, names, statistics and the counter they are asked at."""
