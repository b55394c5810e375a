"""Emergency 应急: plans tried out before they are needed."""
