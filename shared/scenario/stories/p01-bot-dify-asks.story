# A bot that speaks as Dify does asks for a person itself, and one who asks while it thinks
# does not wait for it.
customers: ann bob
agents: lin
bot: dify

ann> 我的包裹为什么在海关
bot asks for a person
ann<bot 已为您转人工。下一位就是您…
ann is waiting
bob> 我的包裹为什么在海关
bot thinks
bob> 转人工
bob<bot 已为您转人工。您排在第 2 位…
queue front 2
bot> 清关一般要三天
lin claims ann
ann<bot 人工客服小林已接入…
lin claims bob
lin sees bob<bot 清关一般要三天 [not sent]
bob<bot 人工客服小林已接入…
bob hears nothing
