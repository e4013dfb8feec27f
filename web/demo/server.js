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

async function call(method, path, body, headers = {}) {
  const response = await fetch(new URL(path, location.href.split('#')[0]), {
    method,
    headers: body ? {...headers, 'Content-Type': 'application/json'} : headers,
    body: body && JSON.stringify(body),
    cache: 'no-store',
  });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}
