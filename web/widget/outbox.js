/**
 * What the customer wrote and the server has not yet acknowledged. It outlives
 * the page: a message is only ever forgotten once the server has said "ack".
 *
 * Each message has its own entry in localStorage, so that two tabs never
 * overwrite each other's. Where storage is refused, memory has to do.
 *
 * @typedef {{id: string, at: number, text: string, media?: string[], parts?: object[], local?: object, conversation: string, failed?: string}} Unsent
 */
export class Outbox {
  #memory = new Map();

  /** @param {string} owner the page's name for the customer; '' for a page that does not say who writes */
  constructor(owner) {
    this.owner = owner;
    this.prefix = `zhida:outbox:${encodeURIComponent(owner)}:`;
    this.draft = ''; // what is in the input while another customer is on the page
    this.read();
  }

  /**
   * The outbox of whoever is on the page once another token has taken the place of the first.
   * @returns {Outbox} this one, if the page says who that is; else one without what may be another's
   */
  heir() {
    if (this.owner) return this;
    const heir = new Outbox('');
    for (const message of this.list()) if (message.conversation) heir.put(message);
    return heir;
  }

  /** @param {Unsent} message */
  put(message) {
    this.#memory.set(message.id, message);
    // Whose it is shows once there is a connection: nobody else may find it here before.
    if (!this.owner && !message.conversation) return;
    if (!message.text && !message.media) return; // a file that is not uploaded cannot outlive the page
    try {
      localStorage.setItem(this.prefix + message.id, JSON.stringify(message));
    } catch {
      // Full or forbidden: the message stays in memory for as long as the page does.
    }
  }

  remove(id) {
    this.#memory.delete(id);
    try {
      localStorage.removeItem(this.prefix + id);
    } catch {
      // There was nothing to remove from.
    }
  }

  /** @returns {Unsent|undefined} */
  get(id) {
    return this.#memory.get(id);
  }

  /** @returns {Unsent[]} in the order they were written */
  list() {
    return [...this.#memory.values()].sort((a, b) => a.at - b.at);
  }

  /** Takes in what is stored, such as from another tab. */
  read() {
    try {
      for (let i = 0; i < localStorage.length; i++) {
        const name = localStorage.key(i);
        if (!name.startsWith(this.prefix)) continue;
        const message = JSON.parse(localStorage.getItem(name));
        if (message?.id && (message.text || message.media) && !this.#memory.has(message.id)) this.#memory.set(message.id, message);
      }
    } catch {
      // Private mode, or an entry that is not ours to read.
    }
  }
}
