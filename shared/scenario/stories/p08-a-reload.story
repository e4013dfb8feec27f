# Reloading the desk page costs nothing, nor does a restart shorter than the lease.
customers: ann
agents: lin

ann> 转人工
ann<bot 已为您转人工…
lin claims ann
ann<bot 人工客服小林已接入…
lin vanishes
wait 20s
lin reloads
wait 5m
ann is with person
lin>ann 还在
ann<person 小林: 还在
restart
wait 5m
ann is with person
lin>ann 一直都在
ann<person 小林: 一直都在
ann hears nothing
