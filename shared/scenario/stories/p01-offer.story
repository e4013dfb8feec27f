# A short yes to an offer is an ask; asking twice makes no second ticket; following up
# an earlier complaint is no ask.
customers: ann bob
agents: lin

ann> 你们支持比特币吗
ann<bot 这个问题我答不上来。要我现在就转人工吗？ [转人工]
ann> 好的
ann<bot 已为您转人工…
ann> 转人工！！！
ann<bot 您还在队列里…下一位就是您…
ann> 0
ann<bot 您还在队列里…
queue front 1
line ann

bob> 投诉进度查询
bob<bot … [转人工]
bob is with bot
queue front 1
