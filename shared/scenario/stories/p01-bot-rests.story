# A bot that fails three times in a row is not asked for a while. Who asks for a person
# then has a ticket at once, and who asks a question is offered a person at once; after
# half a minute one question tries the bot again.
customers: ann bob cid
agents: lin
bot: slow

ann> 我的包裹为什么在海关
bot fails
ann<bot 这个问题我答不上来。要我现在就转人工吗？ [转人工]
ann> 关税是多少
bot fails
ann<bot 这个问题我答不上来。要我现在就转人工吗？ [转人工]
ann> 清关要几天
bot fails
ann<bot 这个问题我答不上来。要我现在就转人工吗？ [转人工]
bob> 转人工
bob<bot 已为您转人工。下一位就是您…
queue front 1
cid> 清关要几天
cid<bot 这个问题我答不上来。要我现在就转人工吗？ [转人工]
cid> 好
cid<bot 已为您转人工。您排在第 2 位…
queue front 2
line bob cid
wait 31s
ann> 清关要几天
bot> 三天
ann<bot 三天 [转人工]
ann> 关税是多少
bot> 九块
ann<bot 九块 [转人工]
lin claims bob
bob<bot 人工客服小林已接入…
