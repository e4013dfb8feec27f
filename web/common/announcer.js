import {el, isolate} from './dom.js';

const KEPT = 6; // sentences left to be read again
const FEW = 3; // messages at once that are read out; of more, how many came and the last

/**
 * What a screen reader says by itself: each new message of others once, and what was not
 * sent. The list of messages stays silent, or every redraw of it would be read again.
 */
export class Announcer {
  #log = null;
  #list = null; // of the log; another one once something came
  #known = new Set();
  #oldest = '';
  #failed = new Set();

  constructor() {
    this.node = el('div', {class: 'quiet-read', 'aria-live': 'polite', 'aria-relevant': 'additions', 'aria-atomic': 'false', test: 'news'});
  }

  /** @param {...(Node|string)} pieces of one sentence */
  say(...pieces) {
    this.node.append(el('p', {}, ...pieces));
    while (this.node.children.length > KEPT) this.node.firstChild.remove();
  }

  /**
   * Says what came since the last time; of another log nothing, nor of earlier pages. What
   * is new is known by its key: it may have been said before what is here already.
   *
   * @template M
   * @param {import('./log.js').MessageLog<M>} log
   * @param {{id: string, failed?: string}[]} unsent
   * @param {{t: Function, who: (message: M) => string, own: (message: M) => boolean, why: (message: M) => (Node|string)[]}} how
   * @returns {M[]} what came
   */
  follow(log, unsent, {t, who, own, why}) {
    const other = this.#log !== log;
    const list = log.list();
    const changed = list !== this.#list;
    const fresh = changed && !other ? list.filter(({key}) => key > this.#oldest && !this.#known.has(key)) : [];
    const failed = unsent.filter((message) => message.failed);
    if (changed) this.#known = new Set(list.map(({key}) => key));
    if (other) this.node.replaceChildren(); // nobody reads another's words again
    else {
      this.#messages(fresh.filter((message) => !own(message)), t, who);
      for (const message of failed) if (!this.#failed.has(message.id)) this.say(...why(message));
    }
    this.#log = log;
    this.#list = list;
    this.#oldest = log.oldest;
    this.#failed = new Set(failed.map(({id}) => id));
    return fresh;
  }

  #messages(fresh, t, who) {
    if (fresh.length > FEW) this.say(t('newMessages', {n: fresh.length}));
    for (const message of fresh.length > FEW ? fresh.slice(-1) : fresh) this.say(`${who(message)}: `, isolate(message.text));
  }
}
