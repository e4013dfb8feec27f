import {LiveSocket} from '../common/socket.js';
import {MessageLog} from '../common/log.js';
import {newID} from '../common/dom.js';
import {Absence} from './absence.js';
import {Retries} from './retries.js';
import {SeenTeller} from './seen.js';
import {Typing} from './typing.js';

const TYPING_EVERY = 3_000; // between typing frames of ours
const MAX_TEXT = 4000;

/**
 * One customer's side of a conversation: what was said, what is not yet sent,
 * and where the conversation stands. It knows the protocol and no element.
 *
 * Events: change (something to draw), ready, state, message.
 */
export class ChatSession extends EventTarget {
  /** @param {{src: string, calls: string, outbox: import('./outbox.js').Outbox, kit: import('./kit.js').Kit, token: (refused: boolean) => Promise<string>, visitor: () => string}} options */
  constructor({src, calls, outbox, kit, token, visitor}) {
    super();
    this.log = new MessageLog();
    this.outbox = outbox;
    this.kit = kit;
    /** What may be sent besides text; null: nothing. */
    this.media = null;
    /** What addresses of media are relative to. */
    this.base = new URL(src, location.href).href.replace(/^ws/, 'http');
    /** @type {import('../common/frames.js').State|null} */
    this.state = null;
    this.conversation = '';
    this.more = false;
    this.loading = false;
    this.maxText = MAX_TEXT;
    this.typing = new Typing(() => this.changed());
    this.absence = new Absence(() => this.changed());
    this.socket = new LiveSocket({
      url: src,
      calls,
      token: () => token(this.socket.denial === 'unauthenticated'),
      hello: () => (visitor() ? {visitor: visitor()} : {}),
      onFrame: (frame) => this.#receive(frame),
      onStatus: (status) => {
        this.absence.follow(status, Boolean(this.conversation));
        this.changed();
      },
    });
    this.retries = new Retries({
      clock: this.socket.clock,
      again: (message) => this.#submit(message),
      all: () => this.unsent.forEach((message) => this.#submit(message)),
    });
    this.seen = new SeenTeller((frame) => this.socket.send(frame));
    for (const message of this.outbox.list()) this.socket.clock.passed(message.at);
  }

  get connection() {
    return this.socket.status;
  }

  /**
   * What this customer still has to send, here or in their other conversation. On a shared
   * browser the outbox may hold another's words: those are neither sent nor shown.
   */
  get unsent() {
    return this.outbox.list().filter(({id, conversation}) =>
      (!conversation || conversation === this.conversation || conversation === this.also) && !this.log.hasID(id));
  }

  /** The server's time, as well as it is known here. */
  now() {
    return this.socket.clock.now();
  }

  open() {
    this.socket.open();
  }

  close() {
    this.socket.close();
    this.seen.stop();
    this.typing.end();
    this.absence.stop();
    this.retries.stop();
    for (const {local} of this.outbox.list()) local?.abort?.abort(); // the next session begins it anew
  }

  /** @param {boolean} shown whether the newest message is on the screen */
  look(shown) {
    if (this.connection === 'open') this.seen.look(this.log.list(), shown);
  }

  /** What the customer wrote: kept first, sent second. */
  say(text) {
    this.submit({id: newID(), at: this.socket.clock.stamp(), text, conversation: this.conversation});
  }

  /** Keeps a message as it is by now, and shows it. */
  keep(message) {
    this.outbox.put(message);
    this.changed();
  }

  /** Submits a message that is kept, or starts the upload that it waits for. */
  submit(message) {
    this.keep(message);
    this.#submit(message);
  }

  /** What sends files; null before anything of it was needed. */
  get uploads() {
    return (this.uploading ??= this.kit.media && new this.kit.media.Uploads(this));
  }

  /** @param {File[]} files @param {number} [seconds] of sound */
  attach(files, seconds) {
    this.uploads.add(files, seconds);
  }

  /** Tries a refused message again, as the same message. */
  retry(id) {
    const message = this.outbox.get(id);
    if (!message) return;
    this.uploads?.renew(message);
    delete message.failed;
    this.retries.forget(id);
    this.submit(message);
  }

  /** Takes back what is not sent. */
  cancel(id) {
    this.uploads?.stop(id);
    this.retries.forget(id);
    this.outbox.remove(id);
    this.changed();
  }

  /** The customer is writing; said at most every few seconds. */
  touch() {
    if (Date.now() - (this.touched ?? 0) < TYPING_EVERY) return;
    if (this.socket.send({type: 'typing'})) this.touched = Date.now();
  }

  earlier() {
    if (!this.more || this.loading) return;
    if (this.socket.send({type: 'history', before: this.log.oldest})) {
      this.loading = true;
      this.changed();
    }
  }

  #submit(message) {
    const {id, at, text, media, local, failed, conversation} = message;
    if (failed) return;
    if (local && !media) return this.uploads.start(message);
    const frame = {type: 'message', id, at, text, media};
    // In the other conversation it may have come in, and its acknowledgement may be lost.
    this.socket.send(conversation === this.also ? {type: 'again', id, frame} : frame);
  }

  #receive(frame) {
    switch (frame.type) {
      case 'ready':
        return this.#ready(frame);
      case 'page':
        return this.#page(frame);
      case 'message':
        this.#hear([frame.message]);
        if (frame.message.author === 'person') this.typing.end();
        break;
      case 'upload':
        this.uploads?.follow(frame);
        break;
      case 'ack':
        this.#acknowledged(frame);
        break;
      case 'state':
        this.#stand(frame.state);
        break;
      case 'typing':
        this.typing.begin(frame);
        break;
      case 'error':
        this.#refused(frame);
        break;
      default:
        return; // a newer server may say more than we know
    }
    this.changed();
  }

  #ready(frame) {
    const moved = this.conversation !== frame.conversation;
    this.also = frame.also ?? null;
    if (moved) this.gap = null;
    if (moved && this.conversation !== this.also) this.#forget(); // another customer's is not theirs
    // A hole that was being filled when the line broke is still a hole.
    const newest = this.gap?.until ?? this.log.newest;
    const moreBefore = this.gap?.more ?? this.more;
    const oldestNow = frame.messages[0]?.key ?? '';
    const known = Boolean(this.conversation); // else this is the first page, and no news
    this.conversation = frame.conversation;
    this.maxText = frame.max_text ?? MAX_TEXT;
    this.media = frame.media ?? null;
    this.loading = false;
    this.seen.again();
    // Away for more than a page: fetch back to what we have, or there would be a hole.
    this.gap = newest && frame.more && oldestNow > newest ? {until: newest, before: oldestNow, more: moreBefore} : null;
    if (moved || !this.log.size || this.gap) this.more = frame.more;
    this.#hear(frame.messages, known);
    if (this.gap) this.#fillGap();
    this.state = null;
    this.#stand(frame.state);
    for (const message of this.unsent) {
      message.conversation ||= this.conversation;
      this.outbox.put(message);
      this.#submit(message);
    }
    this.#emit('ready', {conversation: frame.conversation, customer: frame.customer});
    this.changed();
  }

  /** The page has signed in another customer: nothing of the one before stays. */
  #forget() {
    this.conversation = '';
    this.log = new MessageLog();
    this.seen.forget();
  }

  #page(frame) {
    this.loading = false;
    this.#hear(frame.messages);
    if (this.renewing && this.renewing === frame.messages.at(-1)?.key) this.renewing = '';
    else if (this.gap) {
      const oldest = frame.messages[0]?.key ?? '';
      if (!oldest || oldest <= this.gap.until || !frame.more) {
        this.more = this.gap.more;
        this.gap = null;
      } else {
        this.gap.before = oldest;
        this.#fillGap();
      }
    } else this.more = frame.more;
    this.changed();
  }

  #fillGap() {
    this.loading = this.socket.send({type: 'history', before: this.gap.before});
  }

  /**
   * Takes messages in, and tells of those that were said since the page came.
   * @param {import('../common/frames.js').Message[]} messages
   */
  #hear(messages, news = true) {
    const {oldest} = this.log; // earlier pages are no news
    const fresh = messages.filter(({key, id}) => key > oldest && !this.log.get(key) && !this.log.hasID(id));
    for (const message of messages) this.#take(message);
    if (news) for (const message of fresh) this.#emit('message', message);
  }

  #take(message) {
    this.log.add(message);
    if (message.author !== 'customer') return;
    this.socket.clock.passed(message.at);
    if (message.id) this.outbox.remove(message.id);
  }

  #acknowledged({id, key, at}) {
    const message = this.outbox.get(id);
    this.retries.forget(id);
    if (!message) return;
    this.#hear([{key, id, at, author: 'customer', text: message.text, parts: message.parts, way: false}]);
  }

  #refused({id, error}) {
    const message = id && this.outbox.get(id);
    if (!message) {
      this.loading = false;
      return;
    }
    this.retries.refused(message, error);
    this.outbox.put(message);
  }

  #stand(state) {
    if (state.epoch < this.state?.epoch) return; // it was overtaken on its way
    this.state = state;
    if (state.status !== 'human') this.typing.end();
    this.#emit('state', state);
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, {detail}));
  }

  changed() {
    this.dispatchEvent(new Event('change'));
  }
}
