"""Excel in and out: rosters and accounts as districts really send them."""
