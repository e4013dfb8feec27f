# One ask is enough, in English, after the bot has answered.
customers: bob
agents: lin

bob> How do I get a refund?
bob<bot We refund the original payment method… [转人工]
bob> rep please
bob<bot A person will take over. You are next; no estimate is known yet…
bob is waiting
queue front 1
lin claims bob
bob<bot Lin, a person, is here now…
lin>bob Hello, Lin here.
bob<person Lin: Hello, Lin here.
