# One ask is enough: the very first words are an ask, in a wording that names no desk.
customers: ann
agents: lin

ann> 找个活人
ann<bot 已为您转人工。下一位就是您…位置…
ann is waiting
ann position 1
queue front 1
line ann
ann hears nothing

lin claims ann
lin sees ann> 找个活人
ann<bot 人工客服小林已接入…不用再说一遍。
ann is with person
lin>ann 您好，我是小林
ann<person 小林: 您好，我是小林
line empty
queue front 1
