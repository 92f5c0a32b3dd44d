"""Account stores (directories, groups, organizations) and their mappings."""
