import {el, icon, newID} from '../common/dom.js';
import {filesOf, kindOf, localPart, shrink, upload} from '../common/media.js';

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
      const small = await shrink(file);
      const {conversation, socket} = this.session;
      this.session.submit({
        id: newID(), at: socket.clock.stamp(), text: '', conversation, parts: [localPart(small, seconds)],
        local: {file: small, seconds, progress: 0, tries: 0},
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
    this.session.keep(Object.assign(message, {failed: code, hint: ''}));
  }

  /** Stops an upload, or takes back what was refused. */
  cancel(id) {
    const message = this.session.outbox.get(id);
    message?.local?.abort?.abort();
    for (const {url} of message?.parts ?? []) if (url) URL.revokeObjectURL(url);
    this.session.outbox.remove(id);
    this.session.changed();
  }
}

const CLIP = 'M13.500 6.500 7.800 12.200a1.600 1.600 0 0 0 2.300 2.300l5.900-5.900a3.200 3.200 0 0 0-4.600-4.600L5.600 9.800a4.900 4.900 0 0 0 6.900 6.900l4-4';

/** The button that picks files; pasting and dropping do the same. */
export class AttachButton {
  /** @param {(files: File[]) => void} onFiles */
  constructor(onFiles) {
    this.onFiles = onFiles;
    this.input = el('input', {type: 'file', multiple: true, hidden: true, test: 'files', on: {change: () => {
      const files = [...this.input.files];
      this.input.value = '';
      this.#take(files);
    }}});
    this.button = el('button', {type: 'button', class: 'tool', part: 'attach', test: 'attach', on: {click: () => this.input.click()}}, icon(CLIP));
    this.node = el('span', {class: 'tools', hidden: true}, this.button, this.input);
  }

  /** Takes what is pasted and dropped within a node. */
  listen(node) {
    node.addEventListener('paste', (event) => this.#transfer(event, event.clipboardData));
    node.addEventListener('drop', (event) => this.#transfer(event, event.dataTransfer));
    node.addEventListener('dragover', (event) => {
      if (!this.node.hidden && event.dataTransfer.types.includes('Files')) event.preventDefault();
    });
  }

  draw(on, t) {
    this.node.hidden = !on;
    this.button.setAttribute('aria-label', t('attach'));
    this.button.title = t('attach');
  }

  #transfer(event, transfer) {
    const files = this.node.hidden ? [] : filesOf(transfer);
    if (!files.length) return;
    event.preventDefault();
    this.#take(files);
  }

  #take(files) {
    if (files.length) this.onFiles(files);
  }
}
