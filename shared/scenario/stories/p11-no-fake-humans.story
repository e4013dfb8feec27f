# No fake humans: a person's words have the person's name, a program's never do.
customers: ann bob
agents: lin

ann> 你是真人吗？我叫小林
ann<bot … [转人工]
ann> 我要投诉
ann<bot 已为您转人工…
lin claims ann
ann<bot 人工客服小林已接入…
lin>ann 我是小林，是真人
ann<person 小林: 我是小林，是真人
bob> i want to speak to a manager
bob<bot A person will take over…
lin claims bob
bob<bot Lin, a person…
lin>bob I am a person, not a bot.
bob<person Lin: I am a person, not a bot.
lin resolves bob
bob<bot … [转人工]
lin returns ann to bot
ann<bot … [转人工]
