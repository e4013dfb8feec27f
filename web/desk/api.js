/** What the server refused, with its code and what to do next. */
export class DeskError extends Error {
  /** @param {import('../common/frames.js').Fault & {status: number}} fault */
  constructor({code, message, hint, status, retry}) {
    super(hint || message || code);
    Object.assign(this, {code, status, retry});
  }

  /** Whether repeating the same call can help. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** The desk API. Addresses are relative to the page, so a prefix before /desk/ does no harm. */
export class DeskAPI {
  /** @param {() => string} token the current token; in a header, never in a URL */
  constructor(token) {
    this.token = token;
  }

  claim(id) {
    return this.#call('POST', 'v1/claim', {lane: 'front', id});
  }

  conversation(id, before = '') {
    const query = before ? `?before=${encodeURIComponent(before)}` : '';
    return this.#call('GET', `v1/conversations/${encodeURIComponent(id)}${query}`);
  }

  /** @param {string[]} [media] the keys of what was uploaded for it */
  reply(conversation, id, text, media) {
    return this.#call('POST', `v1/conversations/${encodeURIComponent(conversation)}/replies`, {id, text, media});
  }

  /** @param {{id: string, name: string, type: string, size: number}} file @returns {Promise<{key: string, upload: object}>} */
  offer(conversation, file) {
    return this.#call('POST', `v1/conversations/${encodeURIComponent(conversation)}/media`, file);
  }

  /**
   * @param {'resolve'|'return-to-bot'|'return-to-line'|'typing'} verb
   * @param {number} [seen] when the newest of the customer's messages came that the agent has read
   */
  act(conversation, verb, seen) {
    return this.#call('POST', `v1/conversations/${encodeURIComponent(conversation)}/${verb}`, seen ? {seen} : {});
  }

  logout() {
    return this.#call('POST', 'v1/logout', {});
  }

  async #call(method, path, body) {
    return request(method, path, body, {Authorization: `Bearer ${this.token()}`});
  }
}

/** @returns {Promise<import('../common/frames.js').Login>} how to sign in */
export function loginConfig() {
  return request('GET', 'config');
}

/** @returns {Promise<{token: string, expires: number, agent: {id: string, name: string}}>} */
export function login(agent, code) {
  return request('POST', 'login', {agent, code});
}

async function request(method, path, body, headers = {}) {
  let response;
  try {
    response = await fetch(new URL(path, location.href), {
      method,
      headers: body ? {...headers, 'Content-Type': 'application/json'} : headers,
      body: body && JSON.stringify(body),
      cache: 'no-store',
      credentials: 'omit',
    });
  } catch {
    throw new DeskError({code: 'network', message: '', status: 0});
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new DeskError({code: 'internal', ...answer.error, status: response.status});
  return answer;
}
