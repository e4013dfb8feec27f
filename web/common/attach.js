import {el, icon} from './dom.js';

const CLIP = 'M13.500 6.500 7.800 12.200a1.600 1.600 0 0 0 2.300 2.300l5.900-5.900a3.200 3.200 0 0 0-4.600-4.600L5.600 9.800a4.900 4.900 0 0 0 6.900 6.900l4-4';

/**
 * All that can be sent. Pictures are named one by one, since an iPhone makes a JPEG of
 * its HEIC where that is not asked for; of the rest, each system understands its own part.
 */
const ACCEPT = 'image/jpeg,image/png,image/gif,image/webp,audio/*,video/*,text/*,application/*,application/octet-stream,.pdf,.txt,.csv,.zip,.doc,.docx,.xls,.xlsx,.ppt,.pptx';

/** The button that picks files; what is pasted or dropped is taken as well. */
export class AttachButton {
  /** @param {(files: File[]) => void} onFiles */
  constructor(onFiles) {
    this.onFiles = onFiles;
    this.input = el('input', {type: 'file', multiple: true, hidden: true, accept: ACCEPT, test: 'files', on: {change: () => {
      const files = [...this.input.files];
      this.input.value = '';
      if (files.length) onFiles(files);
    }}});
    this.button = el('button', {type: 'button', class: 'tool', part: 'attach', test: 'attach', on: {click: () => this.input.click()}}, icon(CLIP));
    this.node = el('span', {class: 'tools', hidden: true}, this.button, this.input);
  }

  /** Takes what is pasted and dropped within a node, unless it is text as well. */
  listen(node) {
    for (const [type, of] of [['paste', 'clipboardData'], ['drop', 'dataTransfer'], ['dragover', 'dataTransfer']]) {
      node.addEventListener(type, (event) => {
        const {types = [], files = []} = event[of] ?? {};
        if (this.node.hidden || !types.includes('Files') || types.includes('text/plain')) return;
        event.preventDefault();
        if (files.length) this.onFiles([...files]);
      });
    }
  }

  draw(on, t) {
    this.node.hidden = !on;
    this.button.title = t('attach');
    this.button.setAttribute('aria-label', t('attach'));
  }
}
