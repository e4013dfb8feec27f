/** The dev endpoints of `zhida dev`; they exist nowhere else. */

export function info() {
  return call('GET', 'dev/info');
}

/** @returns {Promise<{token: string, conversation: string}>} */
export function customer(user, name) {
  return call('POST', 'dev/customer', {user, name});
}

/** @returns {Promise<{token: string, agent: {id: string, name: string}}>} */
export function agent(id) {
  return call('POST', 'dev/agent', {agent: id});
}

export function ask(conversation, token) {
  return call('GET', `dev/ask?conversation=${encodeURIComponent(conversation)}`, undefined, {Authorization: `Bearer ${token}`});
}

/**
 * The latest ask in a conversation of a channel that is played here.
 *
 * @param {{account: string, user: string, thread?: string}} peer
 */
export function askOf(channel, peer) {
  return call('GET', `dev/ask?${new URLSearchParams({channel, ...peer})}`);
}

// WeChat, as it is played: connectors/wechat/platform says what each answers.

export function accounts() {
  return call('GET', 'dev/wechat/accounts');
}

export function phoneOf(appid, name) {
  return call('POST', 'dev/wechat/user', {appid, name});
}

export function phone(user, after) {
  return call('GET', `dev/wechat/phone?user=${encodeURIComponent(user)}&after=${after}`);
}

export function act(what) {
  return call('POST', 'dev/wechat/act', what);
}

export function mediaOf(id) {
  return String(new URL(`dev/wechat/media?id=${encodeURIComponent(id)}`, location.href.split('#')[0]));
}

// Slack, as it is played: connectors/slack/platform says what each answers.

/** @returns {Promise<{team: string, person: string, name: string, mention: string}>} */
export function slackPerson(key, name) {
  return call('POST', 'dev/slack/person', {key, name});
}

export function slackWindow({team, person}, after) {
  return call('GET', `dev/slack/window?team=${encodeURIComponent(team)}&person=${encodeURIComponent(person)}&after=${after}`);
}

export function slackAct(what) {
  return call('POST', 'dev/slack/act', what);
}

export function slackFile(id) {
  return String(new URL(`dev/slack/file?id=${encodeURIComponent(id)}`, location.href.split('#')[0]));
}

// Text messages, as they are played: connectors/sms/platform says what each answers.

/** @returns {Promise<{numbers: {number: string, self_managed: boolean}[]}>} the company's */
export function smsNumbers() {
  return call('GET', 'dev/sms/numbers');
}

export function smsPhoneOf(key) {
  return call('POST', 'dev/sms/phone', {key});
}

export function smsPhone(key, after) {
  return call('GET', `dev/sms/phone?key=${encodeURIComponent(key)}&after=${after}`);
}

export function smsAct(what) {
  return call('POST', 'dev/sms/act', what);
}

async function call(method, path, body, headers = {}) {
  const response = await fetch(new URL(path, location.href.split('#')[0]), {
    method,
    headers: body ? {...headers, 'Content-Type': 'application/json'} : headers,
    body: body && JSON.stringify(body),
    cache: 'no-store',
  });
  if (!response.ok) throw Object.assign(new Error(`${path}: ${response.status}`), {status: response.status});
  return response.json();
}
