/**
 * The server's time, as well as a browser can know it. Phones are often minutes
 * off, and the time of a message decides where it stands in the conversation.
 */
export class ServerClock {
  #offset = 0;
  #last = 0;

  /** Takes the server's time; sent is when we asked, where we did. */
  correct(serverNow, sent = Date.now()) {
    const halfway = (Date.now() - sent) / 2;
    this.#offset = serverNow + halfway - Date.now();
  }

  now() {
    return Math.round(Date.now() + this.#offset);
  }

  /** Makes sure that the next stamp comes after at. */
  passed(at) {
    if (at <= this.now() + 120_000) this.#last = Math.max(this.#last, at);
  }

  /** A time for a new message: never the same twice, never backwards. */
  stamp() {
    this.#last = Math.max(this.now(), this.#last + 1);
    return this.#last;
  }

  /** Forgets earlier stamps: they came from a clock that was wrong. */
  restart() {
    this.#last = 0;
  }
}
