import {newID} from '../common/dom.js';
import {kindOf, localPart, release, upload} from '../common/media.js';
import {readied} from '../common/picture.js';

const TRIES = 5;
const AGAIN_AFTER = 2_000;

/**
 * Files on their way: each is a message of its own, which is submitted once its file
 * is uploaded. Trying again goes on with the same offer, so nothing is uploaded twice.
 */
export class Uploads {
  /** @param {import('./session.js').ChatSession} session */
  constructor(session) {
    this.session = session;
  }

  /** @param {File[]} files @param {number} [seconds] of a voice note */
  async add(files, seconds = 0) {
    for (const file of files) {
      const ready = await readied(file);
      const {conversation, socket} = this.session;
      this.session.submit({
        id: newID(), at: socket.clock.stamp(), text: '', conversation, parts: [localPart(ready, seconds)],
        local: new Local(ready, seconds),
      });
    }
  }

  /** Offers a message's file, unless it is under way. */
  start(message) {
    const {id, local, failed} = message;
    if (failed || local.abort) return;
    const limits = this.session.media;
    if (!limits) return this.#fail(message, 'not_possible');
    const most = kindOf(local.file.type) === 'image' ? limits.picture_bytes : limits.file_bytes;
    if (local.file.size > most) return this.#fail(message, 'too_large');
    if (!local.file.size) return this.#fail(message, 'bad_media');
    const {name, type, size} = local.file;
    this.session.socket.send({type: 'media', id, name, mime: type, size, seconds: local.seconds || undefined});
  }

  /** The answer to an offer. */
  async follow({id, key, upload: link}) {
    const message = this.session.outbox.get(id);
    if (!message?.local || message.media || message.local.abort) return;
    const {local} = message;
    local.abort = new AbortController();
    try {
      await upload(link, this.session.base, local.file, {signal: local.abort.signal, onProgress: (part) => {
        local.progress = part;
        this.session.keep(message);
      }});
      message.media = [key];
      this.session.submit(message);
    } catch (error) {
      if (error.code !== 'cancelled') this.#again(message, error);
    } finally {
      local.abort = null;
    }
  }

  #again(message, error) {
    if (error.code !== 'network' || ++message.local.tries > TRIES) {
      message.local.tries = 0;
      return this.#fail(message, error.code);
    }
    setTimeout(() => this.session.outbox.get(message.id) && this.start(message), AGAIN_AFTER * message.local.tries);
  }

  #fail(message, code) {
    this.session.keep(Object.assign(message, {failed: code}));
  }

  /** What did not arrive is uploaded anew when it is tried again. */
  renew(message) {
    if (message.failed === 'media_missing' && message.local) delete message.media;
  }

  /** Ends an upload of which nothing is wanted any more. */
  stop(id) {
    const message = this.session.outbox.get(id);
    message?.local?.abort?.abort();
    release(message?.parts);
  }
}

/** What only this page has of a message: it is never stored with it. */
class Local {
  constructor(file, seconds) {
    Object.assign(this, {file, seconds, progress: 0, tries: 0, abort: null});
  }

  toJSON() {}
}
