# A bot that speaks as Rasa does answers, is told yes, has no answer, and fails: the way to
# a person is in sight each time.
customers: ann
bot: rasa

ann> 我的包裹为什么在海关
bot> 清关一般要三天，要我通知您吗？
ann<bot 清关一般要三天，要我通知您吗？ [转人工]
ann> 好的
bot> 好，到了通知您
ann<bot 好，到了通知您 [转人工]
ann> 那还有别的办法吗
bot has no answer
ann<bot 这个问题我答不上来。要我现在就转人工吗？ [转人工]
ann> 关税是多少
bot fails
ann<bot 这个问题我答不上来。要我现在就转人工吗？ [转人工]
ann> 好
ann<bot 已为您转人工…
queue front 1
