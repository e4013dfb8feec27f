# Nobody tells it twice: the agent reads all that was said before, the bot's words too.
customers: ann
agents: lin

ann> 你好，我上周买的耳机坏了
ann<bot … [转人工]
ann> 能退款吗
ann<bot 退货签收后… [转人工]
ann> 左边没有声音，给我转人工
ann<bot 已为您转人工…
ann> 订单号 20260301-77
lin claims ann
lin sees ann> 你好，我上周买的耳机坏了
lin sees ann<bot …
lin sees ann> 能退款吗
lin sees ann<bot 退货签收后 1–3 个工作日内原路退款。
lin sees ann> 左边没有声音，给我转人工
lin sees ann<bot 已为您转人工…
lin sees ann> 订单号 20260301-77
ann> 已经拍了视频
lin sees ann> 已经拍了视频
