# A picture and a voice note are seen and heard by the person who takes over, and a file
# comes back. What calls itself a picture and is a page reaches nobody.
customers: ann bob
agents: lin

ann sends picture 坏了.png
ann<bot … [转人工]
ann opens picture 坏了.png
ann sends page 更多.png
refused bad_media
ann hears nothing
ann is with bot
ann> 转人工
ann<bot 已为您转人工…
ann sends sound 语音.webm
ann position 1
lin claims ann
ann<bot 人工客服小林已接入…
lin sees ann> [图片] 坏了.png
lin opens ann's picture 坏了.png
lin sees ann> [语音] 语音.webm
lin opens ann's sound 语音.webm
lin sends bob file 账单.pdf
refused not_found
lin sends ann file 账单.pdf
ann<person 小林: [文件] 账单.pdf
ann opens file 账单.pdf
lin sends ann page 说明.png
refused bad_media
ann hears nothing
ann drops
lin sends ann picture 说明.png
ann comes back
ann<person 小林: [图片] 说明.png
ann opens picture 说明.png
ann opens file 账单.pdf
lin reloads
lin opens ann's sound 语音.webm
