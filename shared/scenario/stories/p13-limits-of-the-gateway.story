# A connection on which nobody speaks ends after ten minutes, and every one after two
# hours. Nobody misses anything for that, or loses their place.
customers: ann bob
agents: lin

ann> 转人工
ann<bot 已为您转人工…
bob> 转人工
bob<bot …第 2 位…
wait 11m
ann position 1
bob position 2
lin claims ann
ann<bot 人工客服小林已接入…
wait 11m
lin>ann 第一句
ann<person 小林: 第一句
bob position 1
wait 2h1m
lin>ann 第二句
ann> 第三句
ann<person 小林: 第二句
lin sees ann<person 小林: 第二句
lin sees ann> 第三句
bob> 还要多久
bob<bot …
ann hears nothing
lin resolves ann
lin claims bob
