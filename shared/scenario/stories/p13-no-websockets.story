# A network that lets no WebSocket through takes nothing away, nor does going over to
# calls and back.
customers: ann bob
agents: lin

ann drops
ann comes back by calls
bob> 转人工
bob<bot 已为您转人工…
ann> 转人工
ann<bot …第 2 位…
ann position 2
lin claims bob
ann position 1
lin claims ann
ann<bot 人工客服小林已接入…
ann> 我的包裹在哪里
lin sees ann> 我的包裹在哪里
lin types to ann
ann sees 小林 type
lin>ann 我看一下
ann<person 小林: 我看一下
ann types
ann drops
lin>ann 今天送到
ann comes back
ann<person 小林: 今天送到
ann> 谢谢
lin sees ann> 谢谢
ann drops
lin>ann 不客气
ann comes back by calls
ann<person 小林: 不客气
ann> 再见
lin sees ann> 再见
ann hears nothing
lin resolves ann
ann is ended
