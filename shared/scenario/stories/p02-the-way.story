# The way is always in sight: an FAQ answer, no answer, an offer, a notice at the end.
customers: ann bob
agents: lin

ann> 退款多久
ann<bot 退货签收后 1–3 个工作日内原路退款。 [转人工]
ann> 你们支持比特币吗
ann<bot 这个问题我答不上来… [转人工]
ann> 还要多久
ann<bot 您现在没有在排队。要转人工吗？ [转人工]
ann> 气死我了，什么破机器人
ann<bot … [转人工]

bob> opening hours?
bob<bot We are open from 10 a.m. to 9 p.m. [转人工]
bob> can I talk to someone
bob<bot A person will take over…
lin claims bob
bob<bot Lin, a person, is here now…
lin resolves bob
bob<bot This conversation with a person has ended… [转人工]
bob> what are your opening hours
bob<bot We are open… [转人工]
bob> human
bob<bot A person will take over…
bob> leave the line
bob<bot You have left the line… [转人工]
bob> human
bob<bot A person will take over…
lin claims bob
bob<bot Lin, a person…
lin returns bob to bot
bob<bot The bot takes over again… [转人工]
