# A bot that rests is tried by one question alone, and where that fails, too, it rests
# again: nobody else waits for it.
customers: ann bob
bot: dify

ann> 我的包裹为什么在海关
bot fails
ann<bot 这个问题我答不上来。要我现在就转人工吗？ [转人工]
ann> 关税是多少
bot fails
ann<bot 这个问题我答不上来。要我现在就转人工吗？ [转人工]
ann> 清关要几天
bot fails
ann<bot 这个问题我答不上来。要我现在就转人工吗？ [转人工]
wait 31s
ann> 清关要几天
bot fails
ann<bot 这个问题我答不上来。要我现在就转人工吗？ [转人工]
bob> 清关要几天
bob<bot 这个问题我答不上来。要我现在就转人工吗？ [转人工]
bob> 转人工
bob<bot 已为您转人工…
