# One ask is enough right after an episode has ended, and after a return to the bot.
customers: ann
agents: lin

ann> 转人工
ann<bot 已为您转人工…
lin claims ann
ann<bot 人工客服小林已接入…
lin resolves ann
ann<bot 本次人工服务已结束… [转人工]
ann is ended

ann> 叫你们经理
ann<bot 已为您转人工。下一位就是您…
ann is waiting
queue front 2
lin claims ann
ann<bot 人工客服小林已接入…
lin returns ann to bot
ann<bot 现在由机器人继续为您服务… [转人工]
ann is with bot

ann> 12315
ann<bot 已为您转人工…
queue front 3
line ann
