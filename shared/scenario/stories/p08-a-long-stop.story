# The program itself was away for longer than a lease: that is not the agent's
# fault, whose page comes back a little later than the program.
customers: ann bob
agents: lin

ann> 转人工
ann<bot 已为您转人工…
lin claims ann
ann<bot 人工客服小林已接入…
bob> 转人工
bob<bot 已为您转人工…下一位就是您…
lin vanishes
restart after 2h
wait 20s
lin reloads
wait 5m
ann is with person
bob position 1
lin>ann 久等了
ann<person 小林: 久等了
