import {el, grow, icon, icons, isSubmit, setText} from '../common/dom.js';
import {AttachButton} from './attach.js';
import {keepDraft, readDraft} from './draft.js';
import {Voice} from './voice.js';

const TELL_LEFT = 200; // characters before the limit at which the count appears

/** Where the customer writes. */
export class Composer {
  /** @param {{onSay: (text: string) => void, onTouch: () => void, onFiles: (files: File[], seconds?: number) => void}} actions */
  constructor({onSay, onTouch, onFiles}) {
    this.attach = new AttachButton(onFiles);
    this.voice = new Voice(onFiles);
    this.onSay = onSay;
    this.onTouch = onTouch;
    this.input = el('textarea', {
      rows: '1', dir: 'auto', part: 'input', test: 'input', autocomplete: 'off', enterkeyhint: 'send', 'aria-describedby': 'left',
      on: {
        input: () => this.#typed(),
        keydown: (event) => {
          if (!isSubmit(event)) return;
          event.preventDefault();
          this.#submit();
        },
      },
    });
    this.button = el('button', {type: 'submit', class: 'send', part: 'send', test: 'send', disabled: true}, icon(icons.send));
    this.left = el('p', {class: 'left', id: 'left', role: 'status'});
    this.node = el('form', {class: 'composer', part: 'composer', on: {submit: (event) => {
      event.preventDefault();
      this.#submit();
    }}}, this.voice.node, el('div', {class: 'line'}, this.attach.node, this.voice.button, this.input, this.button), this.left);
  }

  /** @param {import('./session.js').ChatSession} session */
  draw({maxText, conversation, media}, t) {
    this.attach.draw(media, t);
    this.voice.draw(media, t);
    this.maxText = maxText;
    this.t = t;
    if (conversation) this.#turnTo(conversation);
    this.input.placeholder = t('placeholder');
    this.input.setAttribute('aria-label', t('input'));
    this.button.setAttribute('aria-label', t('send'));
    this.#count();
  }

  fill(text) {
    this.input.value = text;
    this.#typed();
    this.input.focus();
  }

  /** Each conversation has its own draft; what was written before the first is known belongs to it. */
  #turnTo(conversation) {
    if (this.conversation === conversation) return;
    const early = !this.conversation && this.input.value;
    this.conversation = conversation;
    this.input.value = early || readDraft(conversation);
    this.#resize();
    keepDraft(conversation, this.input.value);
  }

  #typed() {
    this.#resize();
    this.#count();
    if (this.conversation) keepDraft(this.conversation, this.input.value);
    if (this.input.value) this.onTouch();
  }

  #resize() {
    if (this.input.value) grow(this.input);
    else this.input.style.height = ''; // as its style says, whatever the size of type by then
  }

  #submit() {
    const text = this.input.value.trim();
    if (!text || this.button.disabled) return;
    this.input.value = '';
    this.#typed();
    this.onSay(text);
    this.input.focus();
  }

  /** Counted as the server counts: by code point. */
  #count() {
    const length = [...this.input.value.trim()].length;
    const left = (this.maxText ?? Infinity) - length;
    this.button.disabled = !length || left < 0;
    setText(this.left, left > TELL_LEFT ? '' : this.t('remaining', {n: left}));
  }
}
