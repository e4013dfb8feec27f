# A vanished agent costs nobody their place.
customers: ann bob cid
agents: lin wang

ann> 转人工
ann<bot 已为您转人工…
lin claims ann
ann<bot 人工客服小林已接入…
lin>ann 您好，请稍等
ann<person 小林: 您好，请稍等
bob> 转人工
bob<bot …下一位就是您…
cid> human please
cid<bot …number 2 in line…

lin vanishes
wait 25s
ann is with person
wait 10s
ann<bot 客服暂时离开了，您回到原来的位置。下一位就是您…
ann position 1
bob position 2
cid position 3
line ann bob cid
queue front 4

# A late word of the first agent's reaches nobody.
lin>ann 我回来了
refused not_possible
wang claims ann
ann<bot 人工客服小王已接入…
lin>ann 我真的回来了
refused not_yours
lin resolves ann
refused not_yours
ann hears nothing
wang sees ann<person 小林: 您好，请稍等
wang>ann 我接着为您处理
ann<person 小王: 我接着为您处理
bob position 1
