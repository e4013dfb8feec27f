/**
 * The messages of one conversation: merged by key, and one's own also by id, so
 * that an echo, an acknowledgement and a history page never show one twice.
 *
 * @template {{key: string, id?: string, at: number}} M
 */
export class MessageLog {
  #byKey = new Map();
  #keyOfID = new Map();
  #sorted = null;

  /** @param {M} message */
  add(message) {
    const key = message.key;
    if (message.id) {
      const before = this.#keyOfID.get(message.id);
      if (before && before !== key) this.#byKey.delete(before);
      this.#keyOfID.set(message.id, key);
    }
    this.#byKey.set(key, {...this.#byKey.get(key), ...message});
    this.#sorted = null;
  }

  /** @returns {M|undefined} */
  get(key) {
    return this.#byKey.get(key);
  }

  hasID(id) {
    return this.#keyOfID.has(id);
  }

  /** @returns {M[]} oldest first */
  list() {
    this.#sorted ??= [...this.#byKey.values()].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    return this.#sorted;
  }

  get oldest() {
    return this.list()[0]?.key ?? '';
  }

  get newest() {
    return this.list().at(-1)?.key ?? '';
  }

  get size() {
    return this.#byKey.size;
  }
}
