# A bot that gives up makes a ticket as an ask does; the one behind stays behind.
customers: ann bob
agents: lin
bot: slow

bob> 转人工
bob<bot 已为您转人工。下一位就是您…
ann> 我的包裹为什么在海关
bot asks for a person
ann<bot 已为您转人工。您排在第 2 位…
ann is waiting
ann position 2
queue front 2
line bob ann
lin claims bob
bob<bot 人工客服小林已接入…
ann position 1
lin claims ann
ann<bot 人工客服小林已接入…
lin sees ann> 我的包裹为什么在海关
