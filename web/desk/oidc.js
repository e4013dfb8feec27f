/**
 * Signing in with the company's identity provider: OpenID Connect, authorization
 * code with PKCE (RFC 7636), as a public client. Nothing of it outlives the tab,
 * and no token is ever in an address.
 */

const PENDING = 'zhida:desk:signing-in';

/** Why signing in came to nothing. */
export class SignInError extends Error {}

/**
 * Leaves for the provider, which sends the page back here with a code.
 * @param {import('../common/frames.js').Login} config
 * @param {{ask?: boolean}} [options] ask: the provider asks who it is, whoever signed in there before
 */
export async function depart(config, {ask = false} = {}) {
  if (!crypto.subtle) throw new SignInError('this page needs https');
  const pending = {state: random(), nonce: random(), verifier: random()};
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  const proof = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(pending.verifier));
  const address = new URL(config.authorization_endpoint);
  const query = {
    response_type: 'code', client_id: config.client_id, redirect_uri: here(), scope: config.scope,
    state: pending.state, nonce: pending.nonce, code_challenge: base64url(new Uint8Array(proof)), code_challenge_method: 'S256',
    ...(config.audience && {audience: config.audience}),
    ...(ask && {prompt: 'login'}),
  };
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
  location.assign(address);
}

/**
 * Comes back from the provider: changes the code for a token.
 * @returns {Promise<{token: string, expires: number} | null>} null when the page was opened otherwise
 */
export async function arrive(config) {
  const query = new URLSearchParams(location.search);
  if (!query.has('state') || !(query.has('code') || query.has('error'))) return null;
  const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? 'null');
  sessionStorage.removeItem(PENDING);
  history.replaceState(null, '', here()); // a code is used once: not again by a reload
  if (pending?.state !== query.get('state')) throw new SignInError('this is the answer to another question');
  if (query.has('iss') && query.get('iss') !== config.issuer) throw new SignInError('another provider answered'); // RFC 9207
  if (query.has('error')) throw new SignInError(query.get('error'));
  const answer = await exchange(config, query.get('code'), pending.verifier);
  if (payload(answer.id_token)?.nonce !== pending.nonce) throw new SignInError('the token is the answer to another question');
  // Where the desk is an API of its own, the access token is for it. Else, and where nobody
  // but the provider can read that, the ID token is: it is for this page.
  const token = config.audience && payload(answer.access_token) ? answer.access_token : answer.id_token;
  return {token, expires: Date.now() + 1000 * (answer.expires_in ?? 300)};
}

async function exchange(config, code, verifier) {
  let response;
  try {
    response = await fetch(config.token_endpoint, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code', code, redirect_uri: here(), client_id: config.client_id, code_verifier: verifier,
      }),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
    });
  } catch {
    throw new SignInError('the provider does not answer');
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new SignInError(answer.error ?? `the provider says ${response.status}`);
  return answer;
}

/** This page's own address, as the provider knows it. */
function here() {
  return new URL('.', location.href).href;
}

/** What a JWT says; null for whatever is none. Whether it is true is for the server to check. */
function payload(token) {
  try {
    const [, said] = token.split('.');
    return JSON.parse(atob(said.replaceAll('-', '+').replaceAll('_', '/')));
  } catch {
    return null;
  }
}

/** 256 bits of chance, as 43 characters. */
function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
