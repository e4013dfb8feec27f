# The bot thinks and thinks; asking for a person does not wait for it. What it says at
# last is for the agent alone.
customers: ann
agents: lin
bot: slow

ann> 我的包裹为什么在海关
bot thinks
ann> 转人工
ann<bot 已为您转人工…
queue front 1
wait 30s
bot> 清关一般要三天
lin claims ann
lin sees ann> 我的包裹为什么在海关
lin sees ann> 转人工
lin sees ann<bot 清关一般要三天 [not sent]
ann<bot 人工客服小林已接入…
ann hears nothing
