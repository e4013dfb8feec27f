/**
 * Ways in which people ask for a person. Each was typed at a real app that
 * answered with a canned text, a menu, or nothing.
 */
export const wordings = {
  'zh-CN': ['转人工', '找个活人', '转 人 工', '叫你们经理', '我要投诉', 'zhuan rengong', '别让机器人回我', 'rep please'],
  en: ['rep please', 'a real human', 'get me your manager', 'stop the bot', 'I want to complain', '转人工', '找个活人', 'zhuan rengong'],
};

/** What is texted with one tap. The three last are the law's and the carriers' own words. */
export const smsWords = {
  'zh-CN': ['0', '转人工', '还要多久', 'STOP', 'START', 'HELP'],
  en: ['0', 'human', 'how long', 'STOP', 'START', 'HELP'],
};

/** What a customer of the demo may be called. */
export const customers = {
  'zh-CN': ['王芳', '李建国', '陈静', '赵敏', '刘洋', '周桂兰'],
  en: ['Maria Lopez', 'Sam Carter', 'Aisha Khan', 'Tom Becker', 'Grace Lee', 'Noor Haddad'],
};
