OPTIMIZER = "paged_adamw_8bit"
SCHEDULE = "cosine"
