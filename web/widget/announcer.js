import {Announcer} from '../common/announcer.js';
import {isolate} from '../common/dom.js';

/** What a screen reader says by itself of a customer's conversation. */
export class ChatAnnouncer extends Announcer {
  /** @param {import('./session.js').ChatSession} session @returns what came since the last time */
  tell(session, t) {
    if (!session.state) return [];
    return this.follow(session.log, session.unsent, {
      t,
      own: ({author}) => author === 'customer',
      who: ({author, name}) => (author === 'person' && name ? t('personNamed', {name: `\u2068${name}\u2069`}) : t(author)),
      why: (message) => [t('failedTold', {reason: reasonOf(message, t)}), ' ', isolate(message.text)],
    });
  }
}

/** Why a message was not sent, as its author can do something about it. */
export function reasonOf({failed}, t) {
  const known = `refused_${failed}`;
  const words = t(known);
  return words === known ? t('noReason') : words;
}
