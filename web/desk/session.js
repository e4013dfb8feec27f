import {newID} from '../common/dom.js';
import {LiveSocket} from '../common/socket.js';
import {DeskAPI} from './api.js';
import {replyOf, uploadFor} from './uploads.js';
import {Held} from './held.js';

const TYPING_EVERY = 3_000;
const REPLY_PAUSES = [1_000, 2_000, 4_000, 8_000, 15_000];

/**
 * One agent's sitting at the desk: the line, the conversations in hand, and what
 * the agent does to them. Events: change (draw), signed-out.
 */
export class DeskSession extends EventTarget {
  /**
   * @param {Object} options
   * @param {{id: string, name?: string, names?: Object<string, string>}} options.agent as far as it is known
   * @param {() => Promise<string>} options.token
   * @param {string} [options.live] the WebSocket's address, where it is not beside the page
   * @param {number} options.patience see LiveSocket
   * @param {import('./work.js').Work} [options.work] what was begun before signing in again
   */
  constructor({agent, token, live, patience, work = {drafts: {}, selected: ''}}) {
    super();
    this.begun = work;
    this.agent = agent;
    this.line = {waiting: 0, exact: true, tickets: [], now: 0};
    /** @type {Map<string, Held>} */
    this.held = new Map();
    this.selected = '';
    this.claiming = false;
    this.problem = '';
    /** What may be sent besides text; null: nothing. */
    this.media = null;
    this.token = '';
    this.api = new DeskAPI(() => this.token);
    this.socket = new LiveSocket({
      url: live ?? new URL('live', location.href).href,
      patience,
      token: async () => (this.token = await token()),
      onFrame: (frame) => this.#receive(frame),
      onStatus: (status) => (status === 'denied' ? this.#signedOut(this.socket.denial) : this.#changed()),
    });
  }

  open() {
    this.socket.open();
  }

  /** Goes without a word: the lease runs on until it lapses. */
  vanish() {
    this.socket.close();
  }

  async logout() {
    await this.api.logout().catch(() => {});
    this.socket.close();
  }

  /** @returns {import('./work.js').Work} what is written and not sent, with what was sent and has not arrived */
  work() {
    const drafts = {};
    for (const {id, draft, pending} of this.held.values()) {
      const text = [...[...pending.values()].map((message) => message.text), draft].filter(Boolean).join('\n');
      if (text) drafts[id] = text;
    }
    return {drafts, selected: this.selected};
  }

  select(id) {
    this.selected = id;
    const held = this.held.get(id);
    if (held) held.unread = 0;
    this.#changed();
  }

  /** Forgets a conversation that has left my hands. */
  dismiss(id) {
    this.held.delete(id);
    if (this.selected === id) this.selected = '';
    this.#changed();
  }

  async claim() {
    if (this.claiming) return;
    this.claiming = true;
    this.problem = '';
    this.#changed();
    // The same id until there is an answer: a claim whose answer was lost must not claim twice.
    this.claimID ??= newID();
    try {
      const claimed = await this.api.claim(this.claimID);
      this.claimID = null;
      this.#hold(claimed);
      this.select(claimed.conversation.id);
    } catch (error) {
      if (!error.passing) this.claimID = null;
      this.#trouble(error);
    } finally {
      this.claiming = false;
      this.#changed();
    }
  }

  reply(id, text) {
    const held = this.held.get(id);
    if (!held) return;
    const message = {id: newID(), text, at: this.socket.clock.now(), agent: this.agent.id};
    held.pending.set(message.id, message);
    held.draft = '';
    this.#deliver(held, message);
  }

  /** Sends files, each as a reply of its own, in their order. */
  async attach(id, files) {
    const held = this.held.get(id);
    for (const file of held ? files : []) {
      const message = {...(await replyOf(file)), id: newID(), at: this.socket.clock.now(), agent: this.agent.id};
      held.pending.set(message.id, message);
      held.files = held.files.then(() => this.#deliver(held, message));
      this.#changed();
    }
  }

  /** New addresses for the media of a message: the page that ends with it is read again. */
  async fresh(id, key) {
    const {messages} = await this.api.conversation(id, `${key}~`);
    for (const message of messages) this.held.get(id)?.add(message);
    this.#changed();
  }

  retry(id, messageID) {
    const held = this.held.get(id);
    const message = held?.pending.get(messageID);
    if (message) this.#deliver(held, message);
  }

  discard(id, messageID) {
    this.held.get(id)?.settle(messageID);
    this.#changed();
  }

  /** @param {'resolve'|'return-to-bot'|'return-to-line'} verb */
  async act(id, verb) {
    const held = this.held.get(id);
    if (!held || held.acting) return;
    held.acting = true;
    held.problem = '';
    this.#changed();
    try {
      const {conversation} = await this.api.act(id, verb, verb === 'return-to-line' ? 0 : held.seen);
      held.stand(conversation, this.agent.id);
    } catch (error) {
      this.#trouble(error, held);
    }
    held.acting = false;
    this.#changed();
  }

  async earlier(id) {
    const held = this.held.get(id);
    if (!held?.more || held.loading) return;
    held.loading = true;
    this.#changed();
    try {
      const {messages, more} = await this.api.conversation(id, held.log.oldest);
      held.takeEarlier(messages, more);
    } catch (error) {
      held.loading = false;
      this.#trouble(error, held);
    }
    this.#changed();
  }

  touch(id) {
    if (Date.now() - (this.touched ?? 0) < TYPING_EVERY) return;
    this.touched = Date.now();
    this.api.act(id, 'typing').catch(() => {});
  }

  async #deliver(held, message, turn = 0) {
    if (!held.pending.has(message.id)) return;
    delete message.failed;
    this.#changed();
    try {
      await uploadFor(this.api, this.media, held.id, message, () => this.#changed());
      if (!held.pending.has(message.id)) return; // discarded meanwhile
      const {message: stored} = await this.api.reply(held.id, message.id, message.text, message.media);
      held.settle(message.id);
      held.add(stored);
    } catch (error) {
      if (!held.pending.has(message.id)) return; // its push came, only the answer was lost; or it was discarded
      if (error.passing && turn < REPLY_PAUSES.length) {
        await new Promise((done) => setTimeout(done, error.retry ?? REPLY_PAUSES[turn]));
        return this.#deliver(held, message, turn + 1);
      }
      message.failed = error.code;
      message.hint = error.message;
      if (error.status === 401) this.#signedOut();
    }
    this.#changed();
  }

  #receive(frame) {
    const held = this.held.get(frame.conversation?.id ?? frame.conversation);
    switch (frame.type) {
      case 'ready':
        this.#ready(frame);
        break;
      case 'line':
        this.line = frame.line;
        break;
      case 'message':
        if (!held) return;
        if (held.push(frame.message, this.agent.id) && this.selected !== held.id) held.unread++;
        held.allow(frame);
        break;
      case 'outcome':
        held?.outcome(frame.key, frame.outcome);
        break;
      case 'seen':
        held?.reached(frame.seen);
        break;
      case 'typing':
        held?.typed();
        setTimeout(() => this.#changed(), 6_100);
        break;
      case 'conversation':
        if (held) held.stand(frame.conversation, this.agent.id);
        else this.#claimedElsewhere(frame.conversation);
        break;
      default:
        return;
    }
    this.#changed();
  }

  #ready(frame) {
    this.agent = frame.agent ?? this.agent;
    this.leaseSeconds = frame.lease_seconds;
    this.line = frame.line;
    this.media = frame.media ?? null;
    const mine = new Set();
    for (const one of frame.held ?? []) {
      mine.add(one.conversation.id);
      this.#hold(one);
    }
    if (mine.has(this.begun.selected)) this.selected = this.begun.selected;
    this.begun = {drafts: {}, selected: ''};
    // What lapsed while I was away is not mine any more, whoever has it now.
    for (const held of this.held.values()) if (!mine.has(held.id) && !held.left) held.left = 'leftOther';
  }

  /** @param {import('../common/frames.js').Holding} holding */
  #hold({conversation, messages, more, seen}) {
    let held = this.held.get(conversation.id);
    if (!held) {
      this.held.set(conversation.id, (held = new Held(conversation)));
      held.draft = this.begun.drafts[held.id] ?? '';
    }
    const fresh = held.take(messages, more);
    if (seen) held.reached(seen);
    if (this.selected !== held.id) held.unread += fresh;
    held.stand(conversation, this.agent.id);
  }

  /** The same agent claimed it from another window or tool. */
  async #claimedElsewhere(pushed) {
    if (pushed.status !== 'human' || pushed.ticket?.assignee !== this.agent.id) return;
    try {
      this.#hold(await this.api.conversation(pushed.id));
      this.#changed();
    } catch {
      // The next ready frame brings it.
    }
  }

  #trouble(error, where = this) {
    if (error.status === 401) return this.#signedOut();
    where.problem = error.code ?? 'internal';
    where.hint = error.message;
  }

  /** @param {string} [code] why */
  #signedOut(code) {
    this.socket.close();
    this.dispatchEvent(new CustomEvent('signed-out', {detail: {code}}));
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}
