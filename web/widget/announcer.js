import {el, isolate} from '../common/dom.js';

const KEPT = 6; // sentences left to be read again
const FEW = 3; // messages at once that are read out; of more, how many came and the last

/**
 * What a screen reader says by itself: each new message once, what was not sent,
 * and what happens to the line. The list of messages stays silent, or every redraw
 * of it would be read again.
 */
export class Announcer {
  constructor() {
    this.node = el('div', {class: 'unseen', 'aria-live': 'polite', 'aria-relevant': 'additions', 'aria-atomic': 'false', test: 'news'});
  }

  /** @param {...(Node|string)} pieces of one sentence */
  say(...pieces) {
    this.node.append(el('p', {}, ...pieces));
    while (this.node.children.length > KEPT) this.node.firstChild.remove();
  }

  /**
   * Says what came since the last time; of the first page nothing.
   * @param {import('./session.js').ChatSession} session
   */
  follow(session, t) {
    if (!session.state) return;
    const {newest} = session.log;
    const failed = new Map(session.unsent.filter((message) => message.failed).map((message) => [message.id, message]));
    if (this.session === session) {
      this.#messages(session.log.list().filter(({key, author}) => key > this.told && author !== 'customer'), t);
      for (const [id, message] of failed) if (!this.failed.has(id)) this.say(t('failedTold', {reason: reasonOf(message, t)}), ' ', isolate(message.text));
    }
    this.session = session;
    this.told = newest;
    this.failed = failed;
  }

  #messages(fresh, t) {
    if (fresh.length > FEW) this.say(t('newMessages', {n: fresh.length}));
    for (const message of fresh.length > FEW ? fresh.slice(-1) : fresh) {
      const who = message.author === 'person' && message.name ? t('personNamed', {name: `\u2068${message.name}\u2069`}) : t(message.author);
      this.say(`${who}: `, isolate(message.text));
    }
  }
}

/** Why a message was not sent, as its author can do something about it. */
export function reasonOf({failed}, t) {
  const known = `refused_${failed}`;
  const words = t(known);
  return words === known ? t('noReason') : words;
}
