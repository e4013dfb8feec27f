# The way is in sight with a slow bot's answer, and when the bot has none.
customers: ann
bot: slow

ann> 我的包裹为什么在海关
bot> 清关一般要三天
ann<bot 清关一般要三天 [转人工]
ann> 那还有别的办法吗
bot has no answer
ann<bot 这个问题我答不上来。要我现在就转人工吗？ [转人工]
ann> 好
ann<bot 已为您转人工…
