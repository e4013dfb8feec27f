const TOLD_EVERY = 3_000;

/**
 * Tells how far this page has come with what people wrote: the newest message that it
 * has, and the newest that it has shown. Only the newest is told, at most every few
 * seconds, and nothing while nobody looks at the page.
 */
export class SeenTeller {
  #received = '';
  #read = '';
  #told = '';
  #timer = 0;
  #last = 0;

  /** @param {(frame: {type: 'seen', received: string, read: string}) => boolean} send */
  constructor(send) {
    this.send = send;
  }

  /**
   * @param {{key: string, author: string}[]} messages oldest first
   * @param {boolean} shown whether the newest of them is on the screen
   */
  look(messages, shown) {
    if (document.visibilityState !== 'visible') return;
    const newest = messages.findLast(({author}) => author === 'person')?.key ?? '';
    this.#received = newest > this.#received ? newest : this.#received;
    if (shown) this.#read = this.#received;
    if (this.#news() && !this.#timer) this.#timer = setTimeout(() => this.#tell(), Math.max(0, this.#last + TOLD_EVERY - Date.now()));
  }

  /** Whether a person has written what is not known to be read. */
  get unread() {
    return this.#received !== this.#read;
  }

  /** A new connection: what was told on the last one may be lost. */
  again() {
    this.#told = '';
  }

  /** Another conversation: nothing of it was told. */
  forget() {
    this.stop();
    this.#received = this.#read = this.#told = '';
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  #news() {
    return this.#received && this.#told !== this.#received + this.#read;
  }

  #tell() {
    this.#timer = 0;
    if (!this.#news() || !this.send({type: 'seen', received: this.#received, read: this.#read})) return;
    this.#told = this.#received + this.#read;
    this.#last = Date.now();
  }
}
