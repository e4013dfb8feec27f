import {el, grow, icon, icons, isSubmit, setText} from '../common/dom.js';
import {base64Of} from './file.js';
import {CLIP} from './slack-post.js';

const MOST = 11 << 20; // bytes of a file: the server takes 16 MiB, in base64
const COMMAND = /^\/(\S*)\s*([^]*)$/;

/** Where somebody writes in Slack: a message, a thread's reply, another wording, or a command. */
export class SlackComposer {
  /**
   * @param {{onAct: (what: object) => Promise<boolean>, onWrong: (key: string, values?: object) => void, onThread: () => void}} options
   * onThread hears that what is written goes elsewhere from now on
   */
  constructor({onAct, onWrong, onThread}) {
    Object.assign(this, {onAct, onWrong, onThread});
    this.place = null;
    this.thread = null; // the post that is replied to
    this.editing = null; // the post that gets another text
    this.mentions = true;
    const button = (test, does, ...content) => el('button', {type: 'button', test, on: {click: does}}, ...content);
    this.about = el('span');
    this.cancel = button('slack-cancel', () => this.#leave());
    this.banner = el('p', {class: 'sl-banner', hidden: true}, this.about, this.cancel);
    this.commandLead = el('span');
    this.command = button('slack-command', () => this.#command(), el('strong', {text: '/human'}), this.commandLead);
    this.command.classList.add('sl-command');
    this.input = el('textarea', {rows: '1', maxlength: '4000', autocomplete: 'off', test: 'slack-input', on: {keydown: (e) => this.#key(e), input: () => this.#changed()}});
    this.mention = button('slack-mention', () => this.#toggle());
    this.mention.classList.add('sl-at');
    this.file = el('input', {type: 'file', hidden: true, test: 'files', on: {change: () => this.#attach()}});
    this.clip = button('attach', () => this.file.click(), icon(CLIP));
    this.send = button('slack-send', () => this.#send(), icon(icons.send));
    this.send.classList.add('sl-send');
    this.node = el('footer', {}, this.banner, this.command,
      el('div', {class: 'sl-box'}, this.input, el('div', {class: 'sl-tools'}, this.clip, this.file, this.mention, this.send)));
  }

  /** Goes to a place; where one is already, nothing that was begun is lost. */
  move(place) {
    if (this.place?.id !== place?.id) {
      this.thread = this.editing = null;
      this.#fill('');
    }
    this.place = place;
    const still = (post) => post && place?.posts.find(({ts}) => ts === post.ts);
    this.thread = still(this.thread);
    this.editing = still(this.editing);
  }

  reply(post) {
    this.#turn({thread: post, editing: null});
    this.#fill('');
  }

  edit(post) {
    this.#turn({thread: null, editing: post});
    this.#fill(post.text.replaceAll(this.says, `@${this.app}`));
  }

  /** @returns {Promise<boolean>} whether it was taken */
  say(text) {
    return this.onAct({act: 'write', ...this.#addressed(text)});
  }

  /** A text and its thread; in a channel, outside of threads, it mentions the app. */
  #addressed(text) {
    const {place, thread, mentions, says} = this;
    const calls = mentions && !place?.direct && !thread && !text.includes(says);
    return {text: calls ? `${says} ${text}`.trim() : text, thread: thread?.ts};
  }

  draw({t, app, mention}) {
    const {place, thread, editing} = this;
    this.node.hidden = !place;
    this.app = app; // what people see and write for
    this.says = mention; // the mention, as the server has it
    this.banner.hidden = !thread && !editing;
    setText(this.about, thread ? t('slackInThread') : editing ? t('slackEditing') : '');
    setText(this.cancel, t('slackCancel'));
    setText(this.commandLead, t('slackCommandLead'));
    this.mention.hidden = Boolean(place?.direct || thread || editing);
    setText(this.mention, `@${app}`);
    this.mention.setAttribute('aria-pressed', String(this.mentions));
    this.clip.hidden = Boolean(editing);
    for (const [node, key] of [[this.clip, 'slackAttach'], [this.send, editing ? 'slackSave' : 'send'], [this.mention, 'slackMention']]) {
      node.title = t(key, {app});
      node.setAttribute('aria-label', t(key, {app}));
    }
    const to = place?.direct ? app : `#${place?.name}`;
    this.input.placeholder = t(thread ? 'slackReplyHint' : 'slackHint', {to});
    this.input.setAttribute('aria-label', this.input.placeholder);
    this.#typed();
  }

  #turn(where) {
    Object.assign(this, where);
    this.onThread();
    this.input.focus();
  }

  #leave() {
    if (this.editing) this.#fill('');
    this.#turn({thread: null, editing: null});
  }

  #fill(text) {
    this.input.value = text;
    this.#typed();
  }

  #written() {
    const app = this.app.replace(/[^\p{L}\p{N} ]/gu, '\\$&');
    return this.input.value.trim().replace(new RegExp(`(?<![\\w.%+-])@${app}(?!\\w)`, 'gu'), () => this.says);
  }

  #typed() {
    grow(this.input);
    this.command.hidden = Boolean(this.thread || this.editing) || !/^\/(h(u(m(an?)?)?)?)?$/.test(this.input.value);
  }

  #changed() {
    this.onWrong('');
    this.#typed();
  }

  #toggle() {
    this.mentions = !this.mentions;
    this.mention.setAttribute('aria-pressed', String(this.mentions));
  }

  #key(event) {
    if (event.key === 'Escape' && (this.thread || this.editing)) {
      this.#leave();
      return;
    }
    if (!isSubmit(event)) return;
    event.preventDefault();
    if (!this.command.hidden && this.input.value !== '/human') this.#fill('/human '); // as suggested
    else this.#send();
  }

  #command() {
    this.#fill('/human');
    return this.#send();
  }

  /** What is written goes off, and comes back where that fails. */
  async #send() {
    const text = this.input.value;
    this.input.focus();
    if (!text.trim()) return;
    const act = this.#meant(this.#written());
    if (!act) return;
    this.#fill('');
    const taken = await act();
    if (!taken && !this.input.value) this.#fill(text);
    else if (taken && this.editing) this.#leave();
  }

  /** What a text is: another wording, a command, a message; undefined for what Slack takes no part in. */
  #meant(text) {
    const {editing, thread} = this;
    if (editing) return () => this.onAct({act: 'edit', ts: editing.ts, text});
    const [, name, rest] = COMMAND.exec(text) ?? [];
    if (name === undefined) return () => this.say(text);
    if (name === 'human' && !thread) return () => this.onAct({act: 'human', text: rest});
    this.onWrong(name === 'human' ? 'slackNoCommandHere' : 'slackNoCommand', {name: `/${name}`});
  }

  async #attach() {
    const [file] = this.file.files;
    this.file.value = '';
    if (!file) return;
    if (file.size > MOST || !file.size) {
      this.onWrong(file.size ? 'slackFileLarge' : 'slackFileEmpty');
      return;
    }
    const text = this.input.value;
    const sent = {act: 'attach', name: file.name, kind: file.type, data: await base64Of(file), ...this.#addressed(this.#written())};
    this.#fill('');
    if (!await this.onAct(sent) && !this.input.value) this.#fill(text);
  }
}
