/**
 * What the customer wrote and the server has not yet acknowledged. It outlives
 * the page: a message is only ever forgotten once the server has said "ack".
 *
 * Each message has its own entry in localStorage, so that two tabs never
 * overwrite each other's. Where storage is refused, memory has to do.
 *
 * @typedef {{id: string, at: number, text: string, media?: string[], parts?: object[], local?: object, conversation: string, failed?: string, hint?: string}} Unsent
 */
export class Outbox {
  #memory = new Map();

  /** @param {string} owner whose messages: the conversation's or the user's key */
  constructor(owner) {
    this.prefix = `zhida:outbox:${owner}:`;
    this.#read();
  }

  /** @param {Unsent} message */
  put(message) {
    this.#memory.set(message.id, message);
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

  #read() {
    try {
      for (let i = 0; i < localStorage.length; i++) {
        const name = localStorage.key(i);
        if (!name.startsWith(this.prefix)) continue;
        const message = JSON.parse(localStorage.getItem(name));
        if (message?.id && (message.text || message.media)) this.#memory.set(message.id, message);
      }
    } catch {
      // Private mode, or an entry that is not ours to read.
    }
  }
}
