const KEYBOARD = 100; // pixels: less is a browser's bar
const LEAST = 140; // pixels that the way to a person and the input need

/**
 * Keeps the input and the way to a person above the on-screen keyboard where the
 * keyboard covers the page and does not shrink it: iOS, and WebViews set up so.
 */
export class KeyboardFit {
  /** @param {HTMLElement} node resized inside its parent */
  constructor(node) {
    this.node = node;
    this.fit = () => this.#fit();
  }

  start() {
    this.screen = globalThis.visualViewport;
    for (const event of ['resize', 'scroll']) this.screen?.addEventListener(event, this.fit);
  }

  stop() {
    for (const event of ['resize', 'scroll']) this.screen?.removeEventListener(event, this.fit);
    this.#set('', '');
  }

  #fit() {
    const {height, offsetTop, scale} = this.screen;
    // Whoever zooms in looks at a part on purpose.
    if (innerHeight - height < KEYBOARD || Math.abs(scale - 1) > 0.01) return this.#set('', '');
    const box = this.node.getRootNode().host.getBoundingClientRect();
    const above = Math.max(0, offsetTop - box.top);
    const seen = Math.min(box.bottom, offsetTop + height) - box.top - above;
    if (seen >= box.height || seen <= 0) return this.#set('', '');
    this.#set(`${Math.max(seen, LEAST)}px`, `0 ${above}px`);
  }

  #set(height, translate) {
    Object.assign(this.node.style, {height, minHeight: height, translate});
  }
}
