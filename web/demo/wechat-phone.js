import {el, icon, icons, isSubmit, isolate, setText} from '../common/dom.js';
import {base64Of} from './file.js';
import {Poll} from './poll.js';
import * as server from './server.js';
import {PICTURE, bubble, note} from './wechat-entry.js';

const MENU = 'M3.500 6h13M3.500 10h13M3.500 14h13';
const MICROPHONE = 'M10 12.500a2.500 2.500 0 0 0 2.500-2.500V6a2.500 2.500 0 0 0-5 0v4a2.500 2.500 0 0 0 2.500 2.500ZM5.500 10a4.500 4.500 0 0 0 9 0M10 14.500V17';
const KEYBOARD = 'M3.500 5.500h13v9h-13zM6.500 8.500h.01M10 8.500h.01M13.500 8.500h.01M7 11.700h6';

/** A customer's WeChat, open at one of the company's accounts. WeChat itself is the server's to play. */
export class WeChatPhone {
  /** @param {{node: Element, onChange: () => void}} options */
  constructor({node, onChange}) {
    this.node = node;
    this.onChange = onChange;
    this.entries = [];
    this.user = null; // as WeChat knows them: an openid for each account
    this.title = el('strong', {test: 'wechat-title'});
    this.typing = el('small', {test: 'wechat-typing'});
    this.leave = el('button', {type: 'button', class: 'wx-leave', test: 'wechat-unfollow', on: {click: () => this.#act({act: 'unfollow'})}});
    this.lines = el('ol', {});
    this.log = el('div', {class: 'wx-log', role: 'log', tabindex: '0', test: 'wechat-log'}, this.lines);
    this.lead = el('p');
    this.begin = el('button', {type: 'button', class: 'button', test: 'wechat-begin', on: {click: () => this.#begin()}});
    this.card = el('div', {class: 'wx-card'}, this.lead, this.begin);
    this.swap = el('button', {type: 'button', class: 'wx-swap', test: 'wechat-swap', on: {click: () => this.#swap()}});
    this.input = el('input', {type: 'text', maxlength: '600', autocomplete: 'off', test: 'wechat-input', on: {keydown: (e) => this.#key(e)}});
    this.voice = el('button', {type: 'button', test: 'wechat-voice', on: {click: () => this.#voice()}}, icon(MICROPHONE));
    this.file = el('input', {type: 'file', accept: 'image/png,image/jpeg,image/gif', hidden: true, on: {change: () => this.#picture()}});
    this.picture = el('button', {type: 'button', test: 'wechat-picture', on: {click: () => this.file.click()}}, icon(PICTURE));
    this.send = el('button', {type: 'button', class: 'wx-send', test: 'wechat-send', on: {click: () => this.#write()}}, icon(icons.send));
    this.writing = el('div', {class: 'wx-writing'}, this.input, this.voice, this.picture, this.file, this.send);
    this.menu = el('div', {class: 'wx-menu', hidden: true});
    this.foot = el('footer', {}, this.swap, this.writing, this.menu);
    this.wrong = el('p', {class: 'wx-wrong', role: 'alert'});
    node.append(el('header', {}, el('div', {}, this.title, this.typing), this.leave), this.log, this.card, this.wrong, this.foot);
    this.poll = new Poll((current) => this.#look(current));
  }

  /** Opens the phone of a customer at an account, or closes it: null. */
  async open(account, name) {
    if (this.account?.appid === account?.appid && this.name === name) return;
    this.account = account;
    this.name = name;
    this.#forget();
    this.menuShown = Boolean(account?.menu.button.length);
    this.draw();
    if (account) await this.poll.now();
  }

  /** Writes a text, as the customer; who does not follow yet follows first. */
  async say(text) {
    if (!this.user) await this.poll.now();
    if (!this.#ready()) await this.#begin();
    await this.#act({act: 'write', text});
  }

  speak(t, title) {
    this.t = t;
    this.company = title;
    setText(this.leave, t('unfollow'));
    for (const [node, name] of [[this.voice, 'voice'], [this.picture, 'picture'], [this.send, 'send'], [this.input, 'input'], [this.log, 'log']]) {
      node.setAttribute('aria-label', t(name));
    }
    for (const node of [this.voice, this.picture]) node.title = node.getAttribute('aria-label');
    this.input.placeholder = t('input');
    this.drawn = -1;
    this.draw();
  }

  #forget() {
    this.user = null;
    this.entries = [];
    this.drawn = -1;
    this.following = false;
    this.poll.stir();
  }

  get mini() {
    return this.account?.kind === 'miniprogram';
  }

  #ready() {
    return this.mini ? this.entries.length > 0 : this.following;
  }

  #begin() {
    return this.#act(this.mini ? {act: 'enter', from: 'demo'} : {act: 'follow'});
  }

  #key(event) {
    if (!isSubmit(event)) return;
    event.preventDefault();
    this.#write();
  }

  #write() {
    return this.#take((text) => ({act: 'write', text}));
  }

  #voice() {
    return this.#take((recognition) => ({act: 'voice', recognition, data: btoa('#!AMR\n')}));
  }

  /** What is written goes with an act, and comes back where that fails. */
  async #take(act) {
    const text = this.input.value.trim();
    this.input.focus();
    if (!text) return;
    this.input.value = '';
    if (!await this.#act(act(text)) && !this.input.value) this.input.value = text;
  }

  async #picture() {
    const [file] = this.file.files;
    this.file.value = '';
    if (!file) return;
    await this.#act({act: 'image', data: await base64Of(file)});
  }

  /** @returns {Promise<boolean>} whether WeChat took it */
  async #act(what) {
    this.poll.stir();
    let taken = true;
    try {
      if (!this.user) await this.#enter();
      await server.act({user: this.user, ...what});
    } catch {
      taken = false;
    }
    setText(this.wrong, taken ? '' : this.t('failed'));
    await this.poll.now();
    return taken;
  }

  #swap() {
    this.menuShown = !this.menuShown;
    this.draw();
    (this.menuShown ? this.menu.firstElementChild : this.input)?.focus();
  }

  async #enter() {
    const {account} = this;
    const phone = await server.phoneOf(account.appid, this.name);
    if (account === this.account) this.user = phone.user;
  }

  /** The latest ask of whoever holds the phone; null where nobody is known yet. */
  ask() {
    return this.user && server.askOf('wechat', {account: this.account.appid, user: this.user});
  }

  async #look(current) {
    const {account} = this;
    if (!account) return false;
    const stale = () => !current() || this.account !== account;
    try {
      if (!this.user) await this.#enter();
      const phone = await server.phone(this.user, this.entries.at(-1)?.n ?? 0);
      if (stale()) return false;
      this.following = phone.following;
      this.isTyping = phone.typing;
      if (phone.entries.length) this.poll.stir();
      this.entries.push(...phone.entries);
    } catch (error) {
      if (stale()) return false;
      if (error.status === 404) this.#again();
    }
    this.draw();
    return true;
  }

  /** The server was started again: it knows nobody. */
  #again() {
    this.#forget();
    this.entries = [{n: 0, who: 'system', kind: 'again'}];
  }

  draw() {
    const {t, account} = this;
    if (!t || !account) return;
    const focused = document.activeElement;
    setText(this.title, this.company);
    setText(this.typing, this.isTyping ? t('typing') : t(`${account.kind}Hint`));
    const ready = this.#ready();
    this.card.hidden = ready;
    this.foot.hidden = !ready;
    this.leave.hidden = this.mini || !ready;
    setText(this.lead, t(this.mini ? 'enterLead' : 'followLead'));
    setText(this.begin, t(this.mini ? 'enter' : 'follow'));
    this.#drawMenu();
    this.#drawLog();
    // What had the focus may be gone: then it goes on in the talk, or where one begins.
    if (this.node.contains(focused) && !focused.checkVisibility()) (ready ? this.log : this.begin).focus({preventScroll: true});
    this.onChange();
  }

  #drawMenu() {
    const {button} = this.account.menu;
    this.swap.hidden = !button.length;
    this.menu.hidden = !(this.menuShown && button.length);
    this.writing.hidden = !this.menu.hidden;
    this.swap.setAttribute('aria-label', this.t(this.menu.hidden ? 'menu' : 'keyboard'));
    const drawing = this.menu.hidden ? MENU : KEYBOARD;
    if (this.drawing !== drawing) this.swap.replaceChildren(icon(this.drawing = drawing)); // a press on one that goes is lost
    if (this.menu.childElementCount !== button.length) {
      this.menu.replaceChildren(...button.map(({name, key}) =>
        el('button', {type: 'button', test: 'wechat-menu', text: name, on: {click: () => this.#act({act: 'tap', key})}})));
    }
  }

  #drawLog() {
    const {t, entries} = this;
    if (this.drawn > entries.length || this.drawn < 0) {
      this.lines.replaceChildren();
      this.drawn = 0;
    }
    const added = entries.slice(this.drawn).map((entry) => this.#line(entry, t));
    this.drawn = entries.length;
    if (!added.length) return;
    this.lines.append(...added);
    this.log.scrollTop = this.log.scrollHeight;
  }

  #line(entry, t) {
    if (entry.who === 'system' || entry.kind === 'event') return el('li', {class: 'wx-note', test: 'wechat-note'}, isolate(note(entry, t)));
    return el('li', {class: `wx-line wx-${entry.who}`, test: 'wechat-message', 'data-who': entry.who},
      bubble(entry, t, (id) => this.#act({act: 'item', id})));
  }
}
