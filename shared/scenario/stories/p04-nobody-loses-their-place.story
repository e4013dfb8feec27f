# Ten hours of silence, a lost connection, slow typing, plain words, a restart: the
# place is the same. It is lost by one's own word only.
customers: ann bob cid
agents: lin

ann> 转人工
ann<bot 已为您转人工…
bob> 人工客服
bob<bot …您排在第 2 位…
cid> agent
cid<bot …number 3 in line…

wait 10h
bob position 2
bob drops
wait 1h
bob position 2
bob comes back
bob position 2
bob hears nothing

bob types
wait 5m
bob types
wait 5m
bob> 等一下
bob> 我去拿一下订单号
bob> 谢谢
bob> 好的
bob> 营业时间
bob> 你们这个机器人真笨
bob hears nothing
bob> 还要多久
bob<bot 您还在队列里，位置一直保留。您排在第 2 位…
bob> 转人工
bob<bot 您还在队列里…第 2 位…
bob position 2
line ann bob cid

restart
bob position 2
line ann bob cid
wait 1h
line ann bob cid

ann> 不等了
ann<bot 好的，已为您取消排队… [转人工]
ann is with bot
bob position 1
bob> leave the line
bob<bot You have left the line… [转人工]
line cid
cid position 1
