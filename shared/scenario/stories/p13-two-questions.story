# Two questions right after an end, while the bot is slow: each gets its answer.
customers: ann
agents: lin
bot: slow

ann> 转人工
ann<bot 已为您转人工…
lin claims ann
ann<bot …
lin resolves ann
ann<bot … [转人工]
ann> 包裹为什么在海关
ann> 那要交税吗
bot> 清关一般要三天
ann<bot 清关一般要三天 [转人工]
bot> 五十元以下不用
ann<bot 五十元以下不用 [转人工]

# An answer from the FAQ overtakes the slow bot; the bot's still comes.
lin reloads
ann> 转人工
ann<bot 已为您转人工…
lin claims ann
ann<bot …
lin resolves ann
ann<bot … [转人工]
ann> 可以自提吗
ann> 退款
ann<bot 退货签收后… [转人工]
bot> 可以自提
ann<bot 可以自提 [转人工]
