const FIRST_WITHIN = 5_000; // of a first connection, until it counts as lost
const SHORT_DROP = 2_000; // what is back so soon was never away

/** Whether there has been no connection for so long that the customer should know. */
export class Absence {
  #timer = 0;

  /** @param {() => void} onChange it has become long */
  constructor(onChange) {
    this.onChange = onChange;
    this.long = false;
  }

  /** @param {'connecting'|'open'|'offline'|'denied'} status @param {boolean} met whether there was a connection before */
  follow(status, met) {
    if (status === 'open') this.stop();
    else {
      this.#timer ||= setTimeout(() => {
        this.long = true;
        this.onChange();
      }, met ? SHORT_DROP : FIRST_WITHIN);
    }
    this.long = status === 'denied' || (this.long && status !== 'open');
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }
}
