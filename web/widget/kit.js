/**
 * What sends, records and shows pictures, sounds and files. Most conversations are
 * words: it is fetched when the first is to be sent, or one was said.
 */
export class Kit {
  #coming = null;

  /** @param {(media: typeof import('./media.js')) => void} onCome */
  constructor(onCome) {
    this.onCome = onCome;
    /** @type {typeof import('./media.js')|null} null until it is here */
    this.media = null;
  }

  /** @returns {Promise<typeof import('./media.js')>} refused where it does not come; then it is fetched anew */
  fetch() {
    this.#coming ??= import('./media.js').then((media) => {
      this.onCome((this.media = media));
      return media;
    });
    this.#coming.catch(() => (this.#coming = null));
    return this.#coming;
  }
}
