"""Who acts: accounts, posts held over time, roles over a subtree, and what they may do."""
