# Nothing is lost, doubled or reordered when connections break on both sides.
customers: ann
agents: lin

ann> 转人工
ann<bot 已为您转人工…
lin claims ann
ann<bot 人工客服小林已接入…
ann drops
lin>ann 第一句
lin>ann 第二句
lin>ann 第三句
ann comes back
ann<person 小林: 第一句
ann<person 小林: 第二句
ann<person 小林: 第三句
ann hears nothing
lin vanishes
ann> 第四句
ann> 第五句
restart
lin reloads
lin sees ann> 第四句
lin sees ann> 第五句
lin>ann 第六句
ann<person 小林: 第六句
ann hears nothing
