import {el, follow, icon, icons, isSubmit, setText} from '../common/dom.js';
import {money} from '../common/locale.js';
import {Poll} from './poll.js';
import * as server from './server.js';
import {grouped, lineOf, stand, withDays} from './sms-lines.js';
import {smsWords} from './wordings.js';

const WRONGS = ['unanswered', 'off', 'twice']; // what can go wrong, as the server knows it

/** A customer's phone, open at one of the company's numbers. AWS, the carrier and the phone are the server's to play. */
export class SmsPhone {
  /** @param {{node: Element, onChange: () => void}} options */
  constructor({node, onChange}) {
    this.node = node;
    this.onChange = onChange;
    this.numbers = []; // the company's
    this.key = '';
    this.#forget();
    this.choice = el('div', {class: 'sm-numbers', role: 'group'});
    this.lead = el('p', {test: 'sms-lead'});
    this.lines = el('ol', {});
    this.log = el('div', {class: 'sm-log', role: 'log', tabindex: '0', test: 'sms-log'}, this.lines);
    this.wrong = el('p', {class: 'sm-wrong', role: 'alert', test: 'sms-wrong'});
    this.words = el('div', {class: 'sm-words', role: 'group'});
    this.input = el('input', {type: 'text', maxlength: '1530', autocomplete: 'off', test: 'sms-input', on: {keydown: (e) => this.#typed(e)}});
    this.send = el('button', {type: 'button', class: 'sm-send', test: 'sms-send', on: {click: () => this.#write()}}, icon(icons.send));
    this.faultsLead = el('summary', {test: 'sms-faults'});
    this.faultButtons = WRONGS.map((what) => el('button', {type: 'button', test: `sms-${what}`, on: {click: () => this.#fail(what)}}));
    this.faults = el('details', {class: 'sm-faults'}, this.faultsLead, el('div', {}, ...this.faultButtons));
    node.append(el('header', {}, this.choice, this.lead), this.log, this.wrong,
      el('footer', {}, this.words, el('div', {class: 'sm-writing'}, this.input, this.send), this.faults));
    this.poll = new Poll((current) => this.#look(current));
  }

  /** Opens the phone of a customer, or closes it: ''. */
  async open(key) {
    if (this.key === key) return;
    this.key = key;
    this.#forget();
    this.draw();
    if (key) await this.poll.now();
  }

  /** Writes a text, as the customer. */
  async say(text) {
    if (!this.phone) await this.poll.now();
    await this.#act({act: 'write', number: this.number?.number, text});
  }

  speak(t) {
    if (this.t !== t) this.#clear(); // all is said anew
    this.t = t;
    for (const [node, name] of [[this.choice, 'smsNumbers'], [this.log, 'smsLog'], [this.words, 'smsWords'], [this.input, 'smsInput'], [this.send, 'send']]) {
      node.setAttribute('aria-label', t(name));
    }
    this.input.placeholder = t('smsInput');
    setText(this.faultsLead, t('smsFaults'));
    for (const [i, what] of WRONGS.entries()) setText(this.faultButtons[i], t(`sms_${what}`));
    follow(this.words, smsWords[t.language], (word) => word,
      (word) => el('button', {type: 'button', test: 'sms-word', text: word, on: {click: () => this.say(word)}}));
    this.draw();
  }

  /** The latest ask of whoever holds the phone, at the number that is chosen; null where nobody is known yet. */
  ask() {
    return this.phone && server.askOf('sms', {account: this.number.number, user: this.phone});
  }

  #forget() {
    this.phone = '';
    this.entries = [];
    this.arrived = new Set(); // the n of what was delivered
    this.poll?.stir();
  }

  #typed(event) {
    if (!isSubmit(event)) return;
    event.preventDefault();
    this.#write();
  }

  async #write() {
    const text = this.input.value.trim();
    this.input.focus();
    if (!text) return;
    this.input.value = '';
    if (!await this.#act({act: 'write', number: this.number?.number, text}) && !this.input.value) this.input.value = text;
  }

  async #fail(what) {
    this.faults.open = false;
    this.faultsLead.focus();
    if (!await this.#act({act: 'fail', what})) return;
    this.#note(`sms_${what}`, this.number.number);
    this.draw();
  }

  /** @returns {Promise<boolean>} whether the server took it */
  async #act(what) {
    this.poll.stir();
    let taken = true;
    try {
      await server.smsAct({key: this.key, ...what});
    } catch {
      taken = false;
    }
    setText(this.wrong, taken ? '' : this.t('failed'));
    await this.poll.now();
    return taken;
  }

  /** A quiet line of the page's own. */
  #note(text, number) {
    this.entries.push({id: `note ${this.entries.length}`, n: this.#last(), who: 'note', text, number});
  }

  #clear() {
    const lines = el('ol', {});
    this.lines.replaceWith(lines);
    this.lines = lines;
  }

  #choose(number) {
    this.number = number;
    this.draw();
  }

  async #enter() {
    const [{numbers}, {phone}] = await Promise.all([server.smsNumbers(), server.smsPhoneOf(this.key)]);
    return {numbers, phone};
  }

  #last() {
    return this.entries.at(-1)?.n ?? 0;
  }

  async #look(current) {
    const {key} = this;
    if (!key) return false;
    const stale = () => !current() || this.key !== key;
    try {
      const entered = this.phone ? this : await this.#enter();
      const seen = await server.smsPhone(key, this.#last());
      if (stale()) return false;
      this.#enters(entered);
      this.arrived = new Set(seen.delivered);
      this.entries.push(...seen.entries);
      if (seen.entries.length) this.poll.stir();
    } catch (error) {
      if (stale()) return false;
      if (error.status === 404) this.#again();
    }
    this.draw();
    return true;
  }

  #enters({numbers, phone}) {
    this.numbers = numbers;
    this.number = numbers.find(({number}) => number === this.number?.number) ?? numbers[0];
    this.phone = phone;
  }

  /** The server was started again: AWS and the phones begin anew. */
  #again() {
    this.#forget();
    this.#note('smsAgain');
    this.#clear();
  }

  draw() {
    const {t, number} = this;
    if (!t || !this.key) return;
    follow(this.choice, this.numbers, ({number}) => number,
      (one) => el('button', {type: 'button', dir: 'ltr', test: 'sms-number', text: grouped(one.number), on: {click: () => this.#choose(one)}}),
      (node, one) => node.setAttribute('aria-pressed', String(one.number === number.number)));
    const shown = this.entries.filter((entry) => !entry.number || entry.number === number?.number);
    setText(this.lead, number ? [t(number.self_managed ? 'smsSelf' : 'smsManaged'), this.#cost(shown)].filter(Boolean).join(' · ') : '');
    this.#drawLog(shown);
    this.onChange();
  }

  /** What the company has paid so far. */
  #cost(shown) {
    const usd = shown.reduce((sum, entry) => sum + (entry.usd ?? 0), 0);
    return usd && this.t('smsPaid', {price: money(usd, 'USD', this.t.language)});
  }

  #drawLog(shown) {
    const {t} = this;
    const before = this.lines.lastElementChild;
    follow(this.lines, withDays(shown), (entry) => entry.id, (entry) => lineOf(entry, t),
      (node, entry) => stand(node, entry, this.arrived.has(entry.n), t));
    if (this.lines.lastElementChild !== before) this.log.scrollTop = this.log.scrollHeight;
  }
}
