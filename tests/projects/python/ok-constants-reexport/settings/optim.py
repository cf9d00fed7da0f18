OPTIMIZER = "adamw_torch"
SCHEDULE = "cosine"
