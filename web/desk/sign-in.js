import {LoginView} from './login-view.js';
import {SignInError, arrive, depart} from './oidc.js';
import {ProviderView} from './provider-view.js';

/**
 * The two ways of signing in. Each keeps what it has in this tab's session storage:
 * several agents can sit side by side, and closing the tab ends it.
 *
 * @typedef {{agent: {id: string, name?: string}, token: string, since?: number}} Sitting
 *
 * A way has:
 *   restore()  who sat here before, or just came back; null for nobody; may throw a SignInError
 *   keep()     remembers a sitting
 *   forget()   the opposite
 *   renew()    signs in again without a word, if it can: true means that the page is left
 *   view()     what whoever is to sign in sees
 */

const CURRENT = 'zhida:desk:current';
const stored = (agent) => `zhida:desk:${agent}`;

/** With the code that the binary printed. */
export class ByCode {
  restore() {
    this.wanted = new URLSearchParams(location.hash.slice(1)).get('agent') ?? sessionStorage.getItem(CURRENT) ?? '';
    return JSON.parse((this.wanted && sessionStorage.getItem(stored(this.wanted))) || 'null');
  }

  keep(sitting) {
    this.wanted = sitting.agent.id;
    sessionStorage.setItem(stored(sitting.agent.id), JSON.stringify(sitting));
    sessionStorage.setItem(CURRENT, sitting.agent.id);
  }

  forget() {
    sessionStorage.removeItem(stored(this.wanted));
  }

  async renew() {
    return false;
  }

  view({problem, onSigned, onLanguage}) {
    return new LoginView({agent: this.wanted, again: problem === 'signInAgain', onSigned, onLanguage});
  }
}

const SITTING = 'zhida:desk:sitting';
const TOO_SOON = 60_000; // a token that is refused so soon would be refused again

/** With the company's identity provider. */
export class ByProvider {
  /** @param {import('../common/frames.js').Login} config */
  constructor(config) {
    this.config = config;
    this.ask = false;
  }

  async restore() {
    const arrived = await arrive(this.config);
    if (arrived) this.keep({agent: {id: ''}, token: arrived.token, since: Date.now()});
    return JSON.parse(sessionStorage.getItem(SITTING) ?? 'null');
  }

  keep(sitting) {
    this.since = sitting.since;
    sessionStorage.setItem(SITTING, JSON.stringify(sitting));
  }

  /** @param {boolean} [ask] whether the provider is to ask next time who it is */
  forget(ask = false) {
    this.ask = ask;
    sessionStorage.removeItem(SITTING);
  }

  async renew(sitting) {
    if (Date.now() - sitting.since < TOO_SOON) return false;
    try {
      await depart(this.config);
      return true;
    } catch {
      return false;
    }
  }

  view({problem, detail, onLanguage}) {
    return new ProviderView({problem, detail, onLanguage, onSignIn: () => depart(this.config, {ask: this.ask})});
  }
}

export {SignInError};
