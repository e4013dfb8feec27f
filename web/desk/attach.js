import {el, icon} from '../common/dom.js';
import {filesOf, kindOf, localPart, shrink, upload} from '../common/media.js';
import {DeskError} from './api.js';

const CLIP = 'M13.500 6.500 7.800 12.200a1.600 1.600 0 0 0 2.300 2.300l5.900-5.900a3.200 3.200 0 0 0-4.600-4.600L5.600 9.800a4.900 4.900 0 0 0 6.900 6.900l4-4';

/** What a reply that shows a file begins as: a picture is made smaller first. */
export async function replyOf(file) {
  const small = await shrink(file);
  return {text: '', parts: [localPart(small)], file: small};
}

/**
 * Offers and uploads the file of a reply, unless it is there already.
 *
 * @param {import('./api.js').DeskAPI} api
 * @param {{picture_bytes: number, file_bytes: number}} limits
 */
export async function uploadFor(api, limits, conversation, message) {
  if (!message.file || message.media) return;
  const {name, type, size} = message.file;
  if (size > (kindOf(type) === 'image' ? limits.picture_bytes : limits.file_bytes)) throw new DeskError({code: 'too_large', status: 413});
  const {key, upload: link} = await api.offer(conversation, {id: message.id, name, type, size});
  try {
    await upload(link, location.href, message.file);
  } catch ({code}) {
    throw new DeskError({code, status: code === 'network' ? 0 : 400});
  }
  message.media = [key];
}

/** The button that picks files for a reply; pasting and dropping do the same. */
export class AttachButton {
  /** @param {(files: File[]) => void} onFiles */
  constructor(onFiles) {
    this.input = el('input', {type: 'file', multiple: true, hidden: true, test: 'files', on: {change: () => {
      const files = [...this.input.files];
      this.input.value = '';
      onFiles(files);
    }}});
    this.button = el('button', {type: 'button', class: 'attach', test: 'attach', on: {click: () => this.input.click()}}, icon(CLIP));
    this.node = el('span', {class: 'tools', hidden: true}, this.button, this.input);
    this.take = (event, transfer) => {
      const files = this.node.hidden ? [] : filesOf(transfer);
      if (!files.length) return;
      event.preventDefault();
      onFiles(files);
    };
  }

  listen(node) {
    node.addEventListener('paste', (event) => this.take(event, event.clipboardData));
    node.addEventListener('drop', (event) => this.take(event, event.dataTransfer));
    node.addEventListener('dragover', (event) => {
      if (!this.node.hidden && event.dataTransfer.types.includes('Files')) event.preventDefault();
    });
  }

  draw(on, t) {
    this.node.hidden = !on;
    this.button.setAttribute('aria-label', t('attach'));
    this.button.title = t('attach');
  }
}
