const KEPT = 'zhida:visitor'; // one for all chats of a page's origin: a visitor is a browser's
const WITHIN = 15_000;

/**
 * The token of a visitor whom nobody vouches for. It is kept beside the outbox; where
 * cookies reach the server, it also knows the browser by one, and gives the same again.
 */
export class VisitorPass {
  #memory = '';
  #coming = null;

  /** @param {string} address where tokens are made */
  constructor(address) {
    this.address = address;
  }

  /** @returns {string} the token of the visitor that this browser is, or was; '' for none */
  get kept() {
    try {
      const {token, expires} = JSON.parse(localStorage.getItem(KEPT)) ?? {};
      if (token && expires > Date.now()) return token;
    } catch {
      // Private mode, or an entry that is not ours to read.
    }
    return this.#memory;
  }

  /**
   * Asks for one visitor, however many want to know who they are meanwhile.
   *
   * @param {boolean} refused whether the server has refused what is kept
   * @returns {Promise<string>}
   */
  async token(refused) {
    const before = this.kept;
    if (before && !refused) return before;
    this.#coming ??= this.#make(before).finally(() => (this.#coming = null));
    return this.#coming;
  }

  /** Takes the visitor out of this browser. @returns {Promise<void>} refused if the cookie could not be forgotten */
  async forget() {
    await this.#coming?.catch(() => {}); // whoever is being made goes, too
    this.#memory = '';
    try {
      localStorage.removeItem(KEPT);
    } catch {
      // There was nothing to remove from.
    }
    const answer = await fetch(this.address, {method: 'DELETE', credentials: 'include', signal: AbortSignal.timeout(WITHIN)});
    if (!answer.ok) throw new Error(`zhida-chat: ${this.address} forgets no visitors (${answer.status})`);
  }

  async #make(before) {
    const answer = await fetch(this.address, {method: 'POST', credentials: 'include', signal: AbortSignal.timeout(WITHIN)});
    if (!answer.ok) throw new Error(`zhida-chat: ${this.address} makes no visitors (${answer.status})`);
    const {token, expires} = await answer.json();
    const {kept} = this;
    if (kept && kept !== before) return kept; // another chat or tab was first: a browser is one visitor
    this.#memory = token;
    try {
      localStorage.setItem(KEPT, JSON.stringify({token, expires}));
    } catch {
      // Full or forbidden: it stays in memory for as long as the page does.
    }
    return token;
  }
}
