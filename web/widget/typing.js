const SHOWN = 6_000; // how long one sign of it counts

/** Who is typing to the customer. */
export class Typing {
  #timer = 0;

  /** @param {() => void} onEnd they have been still for a while */
  constructor(onEnd) {
    this.onEnd = onEnd;
    /** @type {{author: string, name: string}|null} */
    this.by = null;
  }

  begin({author, name = ''}) {
    this.end();
    this.by = {author, name};
    this.#timer = setTimeout(() => {
      this.by = null;
      this.onEnd();
    }, SHOWN);
  }

  end() {
    clearTimeout(this.#timer);
    this.by = null;
  }
}
