const TRIES = 5; // of one message, before the customer is asked
const AGAIN_AFTER = 2_000;

/** What may be gone in a moment: the customer need not know of it. */
const PASSING = new Set(['unavailable', 'internal', 'deadline_exceeded', 'conflict', 'provider_busy', 'flood_limit']);

/** What becomes of messages that the server did not take: they are sent again, or left to the customer. */
export class Retries {
  #tries = new Map(); // of a message, by its id
  #timer = 0;

  /** @param {{clock: import('../common/clock.js').ServerClock, again: (message: object) => void, all: () => void}} options again sends one anew, all whatever is unsent */
  constructor({clock, again, all}) {
    this.clock = clock;
    this.again = again;
    this.all = all;
  }

  /**
   * @param {import('./outbox.js').Unsent} message gets a better time, or the code of why it failed
   * @param {import('../common/frames.js').Fault} error
   */
  refused(message, error) {
    const tries = (this.#tries.get(message.id) ?? 0) + 1;
    this.#tries.set(message.id, tries);
    if (error.code === 'clock_skew' && error.now && tries <= TRIES) {
      this.clock.correct(error.now);
      // Stamps from the wrong clock are forgotten once, or the right one could not go behind them.
      if (this.#tries.size === 1 && tries === 1) this.clock.restart();
      message.at = this.clock.stamp();
      this.again(message);
    } else if (PASSING.has(error.code) && (tries <= TRIES || error.code === 'flood_limit')) {
      // Whoever has much unsent is told to wait as often as it takes.
      clearTimeout(this.#timer);
      this.#timer = setTimeout(this.all, error.retry || AGAIN_AFTER * tries);
    } else message.failed = error.code;
  }

  /** A message is through, or given up, or the customer tries it again. */
  forget(id) {
    this.#tries.delete(id);
  }

  stop() {
    clearTimeout(this.#timer);
  }
}
