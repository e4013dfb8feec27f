import {AttachButton} from '../common/attach.js';
import {el, grow, icon, icons, isSubmit, setText} from '../common/dom.js';
import {keepDraft, readDraft} from './draft.js';

const MICROPHONE = 'M10 12.500a2.500 2.500 0 0 0 2.500-2.500V5.500a2.500 2.500 0 0 0-5 0V10a2.500 2.500 0 0 0 2.500 2.500ZM5 9.800a5 5 0 0 0 10 0M10 14.800V17.500';
const TELL_LEFT = 200; // characters before the limit at which the count appears
const SAY_LEFT = [TELL_LEFT, 50, 0]; // and at which it is said

/** Where the customer writes. */
export class Composer {
  /** @param {{kit: import('./kit.js').Kit, onSay: (text: string) => void, onTouch: () => void, onNews: (sentence: string) => void, onFiles: (files: File[], seconds?: number) => void}} actions */
  constructor({kit, onSay, onTouch, onNews, onFiles}) {
    this.onNews = onNews;
    this.kit = kit;
    this.onFiles = onFiles;
    this.attach = new AttachButton((files) => this.#with(() => onFiles(files)));
    this.microphone = el('button', {type: 'button', class: 'tool', part: 'voice', test: 'voice', on: {click: () => this.#record()}}, icon(MICROPHONE));
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
    this.step = Infinity; // the last of SAY_LEFT that was passed
    this.left = el('p', {class: 'left', id: 'left'});
    this.node = el('form', {class: 'composer', part: 'composer', on: {submit: (event) => {
      event.preventDefault();
      this.#submit();
    }}}, el('div', {class: 'line'}, this.attach.node, this.microphone, this.input, this.button), this.left);
  }

  /** @param {import('./session.js').ChatSession} session */
  draw({maxText, outbox, conversation, media}, t) {
    this.attach.draw(media, t);
    this.microphone.hidden = !media || !navigator.mediaDevices || !globalThis.MediaRecorder;
    this.microphone.title = t('voice');
    this.microphone.setAttribute('aria-label', t('voice'));
    this.maxText = maxText;
    this.t = t;
    this.#turnTo(outbox, conversation);
    this.input.placeholder = t('placeholder');
    this.input.setAttribute('aria-label', t('input'));
    this.button.setAttribute('aria-label', t('send'));
    this.#count();
  }

  /** Takes back a text that was sent in vain, before what is being written. */
  edit(text) {
    this.fill([text, this.input.value].filter(Boolean).join('\n'));
  }

  fill(text) {
    this.input.value = text;
    this.#typed();
    this.input.focus();
  }

  #record() {
    this.#with((media) => {
      this.voice ??= new media.Voice(this, (files, seconds) => this.onFiles(files, seconds));
      this.voice.start();
    });
  }

  /** Where the code does not come, neither would the file go; nor, if it comes late, as another customer's. */
  #with(act) {
    const {outbox} = this;
    this.kit.fetch().then((media) => this.outbox === outbox && act(media), () => this.onNews(this.t('noReason')));
  }

  /**
   * Each customer has a draft of their own, and each of their conversations; what was
   * written before the first is known belongs to it.
   */
  #turnTo(outbox, conversation) {
    if (this.outbox !== outbox) {
      if (this.outbox) this.outbox.draft = this.input.value;
      this.voice?.discard();
      this.outbox = outbox;
      this.conversation = '';
      this.#put(outbox.draft);
    }
    if (!conversation || this.conversation === conversation) return;
    const early = !this.conversation && this.input.value;
    this.conversation = conversation;
    this.#put(early || readDraft(conversation));
    keepDraft(conversation, this.input.value);
  }

  #put(text) {
    this.input.value = text;
    this.#resize();
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
    const told = left > TELL_LEFT ? '' : this.t('remaining', {n: left});
    setText(this.left, told);
    const step = SAY_LEFT.findLast((most) => left <= most) ?? Infinity;
    if (step < this.step) this.onNews(told);
    this.step = step;
  }
}
