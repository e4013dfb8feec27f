import '../widget/zhida-chat.js';
import {el, follow, newID, setText} from '../common/dom.js';
import {pickLanguage, translator} from '../common/locale.js';
import {DeskFrame} from './desk-frame.js';
import {EventView} from './event-view.js';
import * as server from './server.js';
import {SlackWindow} from './slack-window.js';
import {SmsPhone} from './sms-phone.js';
import {Stopwatch} from './stopwatch.js';
import {joinTabs} from './tabs.js';
import {texts} from './texts.js';
import {WeChatPhone} from './wechat-phone.js';
import {customers, wordings} from './wordings.js';

const LANGUAGE = 'zhida:language';
const USER = 'zhida:demo:user';
const NAME = 'zhida:demo:name';
const PHONE = 'zhida:demo:phone'; // 'app', the kind of an account of WeChat's, 'slack' or 'sms'
const LOOK_OFTEN = 500; // while an ask is under way
const LOOK_SELDOM = 3_000;

const byID = (id) => document.getElementById(id);

/** The demo: a phone, a desk, and between them what really happened. */
class Demo {
  constructor() {
    this.chat = byID('chat');
    this.records = [];
    this.event = null;
    this.info = {company: {}, lease_seconds: 0, agents: [], code: ''};
    this.clock = new Stopwatch(byID('clock'), {now: () => this.chat.now()});
    this.eventView = new EventView(byID('view-event'));
    this.tabs = joinTabs(document.body);
    this.accounts = []; // of WeChat's
    this.kind = 'app';
    this.wechat = new WeChatPhone({node: byID('wechat'), onChange: () => this.look()});
    this.slack = new SlackWindow({node: byID('slack'), onChange: () => this.look()});
    this.sms = new SmsPhone({node: byID('sms'), onChange: () => this.look()});
    this.setLanguage(pickLanguage(localStorage.getItem(LANGUAGE)));
    byID('language').addEventListener('click', () => this.toggleLanguage());
    byID('vanish').addEventListener('click', () => this.vanish());
    byID('new-customer').addEventListener('click', () => this.newCustomer());
    this.chat.addEventListener('zhida-state', ({detail}) => this.stand(detail));
    this.chat.addEventListener('zhida-message', () => this.look());
  }

  async start() {
    this.enter();
    for (;;) {
      try {
        this.info = await server.info();
        break;
      } catch {
        this.setDown(true);
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    }
    this.setDown(false);
    if (this.info.wechat) this.accounts = (await server.accounts()).accounts;
    this.pick(localStorage.getItem(PHONE) ?? 'app');
    this.frame = new DeskFrame({
      frame: byID('desk'), gone: byID('gone'), agent: this.info.agents[0]?.id ?? '',
      leaseSeconds: this.info.lease_seconds, onChange: () => this.draw(),
    });
    this.draw();
    this.look();
  }

  /** Brings a customer to the phone: the one of last time, or somebody new. */
  enter() {
    const names = customers[this.t.language];
    const user = localStorage.getItem(USER) ?? newID();
    const name = localStorage.getItem(NAME) ?? names[Math.floor(Math.random() * names.length)];
    this.user = user;
    localStorage.setItem(USER, user);
    localStorage.setItem(NAME, name);
    this.records = [];
    this.event = null;
    this.customerToken = '';
    this.chat.setAttribute('storage-key', user);
    this.chat.token = async () => {
      const {token} = await server.customer(user, name);
      this.customerToken = token;
      return token;
    };
    this.openPlayed();
    this.draw();
  }

  newCustomer() {
    localStorage.removeItem(USER);
    localStorage.removeItem(NAME);
    this.enter();
  }

  /** Puts one of the phones into the customer's hand. */
  pick(kind) {
    this.account = this.accounts.find((account) => account.kind === kind) ?? null;
    this.kind = this.kinds().includes(kind) ? kind : 'app';
    localStorage.setItem(PHONE, this.kind);
    this.records = [];
    this.event = null;
    this.chat.hidden = this.kind !== 'app';
    byID('wechat').hidden = !this.account;
    byID('slack').hidden = this.kind !== 'slack';
    byID('sms').hidden = this.kind !== 'sms';
    this.openPlayed();
    this.drawWords();
    this.look();
  }

  /** Opens what is in the customer's hand, and closes the others; the app opens itself. */
  openPlayed() {
    const name = localStorage.getItem(NAME);
    this.wechat.open(this.account, `${name} ${this.user}`);
    this.slack.open(this.kind === 'slack' ? this.user : '', name);
    this.sms.open(this.kind === 'sms' ? this.user : '');
  }

  /** What is in the customer's hand, where that is not the app. */
  get played() {
    return {slack: this.slack, sms: this.sms}[this.kind] ?? (this.account && this.wechat);
  }

  /** The phones that there are: the app's, one for each account of WeChat's, a window on Slack, and one that texts. */
  kinds() {
    return ['app', ...this.accounts.map(({kind}) => kind), ...['slack', 'sms'].filter((kind) => this.info[kind])];
  }

  setLanguage(language) {
    this.t = translator(texts, language);
    document.documentElement.lang = language;
    this.chat.setAttribute('lang', language);
    this.drawWords();
    this.draw();
    this.frame?.speak(language);
  }

  toggleLanguage() {
    const language = this.t.language === 'en' ? 'zh-CN' : 'en';
    localStorage.setItem(LANGUAGE, language);
    this.setLanguage(language);
  }

  stand(state) {
    if (state.status === 'waiting' && this.frame?.vanished) this.frame.wentBack(state.position);
    this.draw();
    this.look();
  }

  vanish() {
    if (this.played) return this.frame?.vanish(this.withPerson());
    const {status, agent} = this.chat.state ?? {};
    const names = Object.values(this.info.agents[0]?.name ?? {});
    // Another desk may hold this customer; then pulling this plug changes nothing.
    this.frame?.vanish(status === 'human' && (!agent || names.includes(agent)));
  }

  /** The latest ask of whoever holds the phone that is shown; null where nobody is known yet. */
  ask() {
    if (this.played) return this.played.ask();
    return this.customerToken && this.chat.conversation ? server.ask(this.chat.conversation, this.customerToken) : null;
  }

  /** Whether a person has the customer's conversation, as far as the page knows. */
  withPerson() {
    if (!this.played) return this.chat.state?.status === 'human';
    return this.records.findLast(({event}) => ['claimed', 'back_in_line', 'returned_to_bot', 'resolved', 'abandoned'].includes(event))?.event === 'claimed';
  }

  /** Looks at the ledger: often while somebody waits, seldom otherwise. */
  async look() {
    clearTimeout(this.looking);
    const turn = (this.turn = {});
    try {
      const asked = this.ask();
      if (asked) {
        const {records, event} = await asked;
        if (this.turn !== turn) return;
        this.records = records ?? [];
        this.event = event ?? null;
      }
      this.setDown(false);
    } catch (error) {
      if (this.turn !== turn) return;
      this.setDown(error instanceof TypeError); // fetch says TypeError when nobody answers
    }
    this.draw();
    const waiting = this.records.length > 0 && !this.records.some(({event}) => event === 'first_word');
    this.looking = setTimeout(() => this.look(), waiting || this.frame?.vanished ? LOOK_OFTEN : LOOK_SELDOM);
  }

  setDown(down) {
    byID('down').hidden = !down;
  }

  drawWords() {
    const {t} = this;
    document.title = t('title');
    for (const node of document.querySelectorAll('[data-text]')) setText(node, t(node.dataset.text));
    for (const node of document.querySelectorAll('[data-label]')) node.setAttribute('aria-label', t(node.dataset.label));
    byID('desk').title = t('deskLabel');
    byID('language').textContent = t('otherLanguage');
    byID('language').lang = t.language === 'en' ? 'zh-CN' : 'en';
    this.drawSwitch(t);
    byID('wordings').replaceChildren(...wordings[t.language].map((wording) =>
      el('li', {}, el('button', {type: 'button', class: 'chip', test: 'wording', on: {click: () => this.try(wording)}}, el('bdi', {text: wording})))));
  }

  drawSwitch(t) {
    const kinds = this.kinds();
    const group = byID('switch');
    group.hidden = kinds.length < 2;
    group.setAttribute('aria-label', t('phones'));
    follow(group, kinds, (kind) => kind,
      (kind) => el('button', {type: 'button', test: `phone-${kind}`, on: {click: () => this.pick(kind)}}),
      (node, kind) => {
        setText(node, t(kind));
        node.setAttribute('aria-pressed', String(kind === this.kind));
      });
    for (const phone of [this.wechat, this.slack, this.sms]) phone.speak(t, this.info.company[t.language] ?? '');
  }

  try(wording) {
    this.tabs.show('phone');
    (this.played ?? this.chat).say(wording);
  }

  draw() {
    const {t, info} = this;
    const agent = info.agents[0];
    const name = agent?.name?.[t.language] ?? agent?.id ?? '';
    this.chat.setAttribute('name', info.company[t.language] ?? '');
    setText(byID('code'), info.code ? t('code', {code: info.code}) : '');
    setText(byID('vanish-lead'), t(this.withPerson() ? 'vanishLead' : 'vanishFirst', {name}));
    byID('vanish').disabled = !this.frame || this.frame.vanished;
    this.clock.draw(this.records, t);
    this.eventView.draw(this.event, t);
    this.frame?.draw(t, name);
  }
}

new Demo().start();
