# The agent sees what became of each reply: delivered, read, and nothing more than that.
customers: ann
agents: lin

ann> 转人工
ann<bot 已为您转人工…
lin claims ann
ann<bot 人工客服小林已接入…
lin>ann 您好
ann<person 小林: 您好
ann has got it
lin sees that ann has got it
ann has read it
lin sees that ann has read it
ann has got it
lin>ann 还在吗
lin reloads
lin sees ann<person 小林: 还在吗
ann<person 小林: 还在吗
ann has got it
lin sees that ann has got it
restart
lin reloads
lin sees that ann has got it
ann has read it
lin sees that ann has read it
