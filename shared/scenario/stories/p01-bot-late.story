# The bot is still thinking when a person is there already: what it says at last is
# for that person alone.
customers: ann
agents: lin
bot: slow

ann> 我的包裹为什么在海关
bot thinks
ann> 转人工
ann<bot 已为您转人工…
lin claims ann
ann<bot 人工客服小林已接入…
lin>ann 您好
ann<person 小林: 您好
bot> 清关一般要三天
lin sees ann<bot 清关一般要三天 [not sent]
ann hears nothing
