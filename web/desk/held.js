import {MessageLog} from '../common/log.js';
import {release} from '../common/media.js';

const TYPING_SHOWN = 6_000;

/** How far a delivery has come: news of it may overtake one another, and the provider may tell later what became. */
const PROGRESS = {pending: 0, attempting: 1, held: 1, unknown: 2, sent: 3, delivered: 4, not_sent: 5};

/**
 * One conversation as its agent has it: what was said, the replies under way,
 * and whether it is still in the agent's hands.
 */
export class Held {
  /** @param {import('../common/frames.js').Conversation} conversation */
  constructor(conversation) {
    this.log = new MessageLog();
    /** @type {Map<string, import('../common/frames.js').Outcome>} the furthest known of each of our messages */
    this.outcomes = new Map();
    /** How far the customer's client has come with what people wrote. */
    this.reach = {received: '', read: ''};
    /** Keys of what a person said of which we learned here that the customer does not get it. */
    this.turned = [];
    this.more = false;
    this.loading = false;
    this.unread = 0;
    this.draft = '';
    this.problem = '';
    /** @type {Map<string, {id: string, text: string, at: number, failed?: string, hint?: string}>} */
    this.pending = new Map();
    /** Ends when the files that were picked so far have gone: each waits for the one before. */
    this.files = Promise.resolve();
    this.typingUntil = 0;
    this.conversation = conversation;
    this.left = '';
  }

  get id() {
    return this.conversation.id;
  }

  /** The customer's name; where there is none, enough to tell two apart. */
  nameOr(customer) {
    return this.conversation.customer?.name || `${customer} ${this.id.slice(0, 4)}`;
  }

  get typing() {
    return this.typingUntil > Date.now();
  }

  /** When the newest of the customer's messages came: what the agent has read. */
  get seen() {
    return this.log.list().reduce((newest, {author, received}) => (author === 'customer' ? Math.max(newest, received) : newest), 0);
  }

  typed() {
    this.typingUntil = Date.now() + TYPING_SHOWN;
  }

  /**
   * The newest page; earlier ones that are already here stay.
   * @returns {number} how many of the customer's words came while we were away
   */
  take(messages, more) {
    const newest = this.log.newest;
    const hole = newest && messages.length && messages[0].key > newest;
    if (hole && more) this.log = new MessageLog();
    if (!this.log.size) this.more = more;
    for (const message of messages) this.add(message);
    return newest ? messages.filter(({author, key}) => author === 'customer' && key > newest).length : 0;
  }

  takeEarlier(messages, more) {
    for (const message of messages) this.add(message);
    this.more = more;
    this.loading = false;
  }

  /**
   * A message as it came, which may be the push of a reply still under way.
   * @returns {boolean} whether the agent has to see it: the customer's words, or that they do not get what was said
   */
  push(message, me) {
    const turned = this.turned.length;
    this.add(message);
    if (message.author === 'customer') this.typingUntil = 0;
    if (message.agent === me) {
      const same = [...this.pending.values()].find(({id, text}) => (message.id ? id === message.id : text === message.text));
      if (same) this.settle(same.id);
    }
    return message.author === 'customer' || this.turned.length > turned;
  }

  /** A reply is not under way any more: it arrived, or was discarded. */
  settle(id) {
    const message = this.pending.get(id);
    this.pending.delete(id);
    message?.abort?.abort();
    release(message?.parts);
  }

  /** News of how far the customer's client has come; it only gets further. */
  reached({received, read}) {
    this.reach = {received: later(this.reach.received, received), read: later(this.reach.read, read)};
  }

  /** What became of a person's message that was sent, by their client: 'sent', 'received' or 'read'. */
  fate({key, author, outcome}) {
    if (author !== 'person' || outcome?.delivery !== 'sent') return outcome?.delivery ?? '';
    if (key <= this.reach.read) return 'read';
    return key <= this.reach.received ? 'received' : 'sent';
  }

  /** Why nothing can be written here now: 'optedOut', 'templateOnly' or ''. */
  get bar() {
    if (this.conversation.opted_out) return 'optedOut';
    return this.conversation.template_only ? 'templateOnly' : '';
  }

  /** Keeps a message, with the furthest outcome known of it. */
  add(message) {
    const before = this.outcomes.get(message.key);
    if (message.outcome) this.#further(message.key, message.outcome);
    const outcome = this.outcomes.get(message.key);
    this.log.add({...message, outcome});
    if (message.author === 'person' && before && before.delivery !== 'not_sent' && outcome.delivery === 'not_sent') this.turned.push(message.key);
  }

  /** News of a delivery; it may come before the message it is about. */
  outcome(key, outcome) {
    this.#further(key, outcome);
    const message = this.log.get(key);
    if (message) this.log.add({...message, outcome: this.outcomes.get(key)});
  }

  #further(key, outcome) {
    const known = this.outcomes.get(key);
    if (!known || PROGRESS[outcome.delivery] >= PROGRESS[known.delivery]) this.outcomes.set(key, outcome);
  }

  /** What the channel still takes, and whether the customer wants to be written to: messages change both. */
  allow({limits = this.conversation.limits, opted_out = false}) {
    this.conversation = {...this.conversation, limits, opted_out};
  }

  /** Takes the conversation's new standing and says whether it is still mine. */
  stand(conversation, me) {
    this.conversation = {...conversation, customer: conversation.customer ?? this.conversation.customer};
    const mine = conversation.status === 'human' && (conversation.ticket?.assignee ?? me) === me;
    this.left = mine ? '' : whyLeft(conversation);
    if (!mine) this.typingUntil = 0;
    return mine;
  }
}

const later = (a, b) => (a > b ? a : b);

function whyLeft({status, ticket}) {
  if (ticket?.status === 'waiting' || status === 'waiting') return 'leftLine';
  if (ticket?.status === 'resolved') return 'leftResolved';
  if (ticket?.status === 'returned_to_bot') return 'leftBot';
  if (ticket?.status === 'abandoned') return 'leftAbandoned';
  return 'leftOther';
}
