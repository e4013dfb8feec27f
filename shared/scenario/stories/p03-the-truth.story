# The truth while waiting: position and estimate, at any time, in both languages.
customers: ann bob cid dan eve
agents: lin wang

ann> 转人工
ann<bot 已为您转人工。下一位就是您，暂时无法估计等待时间。…
bob> I want a human
bob<bot A person will take over. You are number 2 in line; no estimate is known yet.…
cid> 人工
cid<bot 已为您转人工。您排在第 3 位，暂时无法估计等待时间。…
dan> 真人
dan<bot …您排在第 4 位…
ann estimate unknown
dan estimate unknown

# The line moves: everybody sees it without asking.
ann position 1
bob position 2
cid position 3
wait 1m
lin claims ann
bob position 1
cid position 2
wait 1m
lin claims bob
cid position 1
dan position 2

# After three claims an estimate is known: about a minute for each who waits.
eve> 找真人
eve<bot …您排在第 3 位，暂时无法估计等待时间。…
wait 1m
lin claims cid
dan position 1
dan estimate known
dan> 还要多久？
dan<bot 您还在队列里，位置一直保留。下一位就是您，预计约 2 分钟。
eve> how long
eve<bot You are still in line, and your place is kept. You are number 2 in line; it should take about 3 min.
eve> 前面还有几个人
eve<bot 您还在队列里，位置一直保留。您排在第 2 位，预计约 3 分钟。
eve position 2

# Somebody ahead leaves.
dan> 不等了
dan<bot 好的，已为您取消排队… [转人工]
eve position 1
line eve
