# An agent who cannot help puts the ticket back: at its old place, and the customer is told.
customers: ann bob
agents: lin wang

ann> 转人工
ann<bot 已为您转人工…
lin claims ann
ann<bot 人工客服小林已接入…
bob> 转人工
bob<bot …下一位就是您…
lin returns ann to line
ann<bot 正在为您换一位客服，您在原来的位置。下一位就是您…
ann position 1
bob position 2
wang takes bob
bob<bot 人工客服小王已接入…
lin takes bob
refused already_claimed
