import {el, follow, setText} from '../common/dom.js';
import {Poll} from './poll.js';
import * as server from './server.js';
import {SlackComposer} from './slack-composer.js';
import {made} from './slack-post.js';

const NEAR = 80; // pixels from the end at which the talk still follows what comes

/** Somebody's window on Slack, open at the company's app. Slack itself is the server's to play. */
export class SlackWindow {
  /** @param {{node: Element, onChange: () => void}} options */
  constructor({node, onChange}) {
    this.onChange = onChange;
    this.poll = new Poll((current) => this.#look(current));
    this.tile = el('span', {class: 'sl-tile', 'aria-hidden': 'true'});
    this.company = el('strong');
    this.me = el('bdi', {class: 'sl-me', test: 'slack-me'});
    this.tabs = el('nav', {class: 'sl-tabs'});
    this.lines = el('ol', {});
    this.lead = el('p', {class: 'sl-lead'});
    this.fresh = el('p', {class: 'sl-fresh', role: 'status', test: 'slack-again'});
    this.log = el('div', {class: 'sl-log', role: 'log', tabindex: '0', test: 'slack-log'}, this.fresh, this.lead, this.lines);
    this.log.addEventListener('scroll', () => this.#scrolled());
    this.log.addEventListener('load', () => this.#follow(), true); // a picture needs room
    this.wrong = el('p', {class: 'sl-wrong', role: 'alert', test: 'slack-wrong'});
    this.composer = new SlackComposer({onAct: (what) => this.#act(what), onWrong: (key, values) => this.#tell(key, values), onThread: () => this.draw()});
    node.append(el('header', {}, this.tile, el('div', {}, this.company, this.me)), this.tabs, this.log, this.wrong, this.composer.node);
    this.#forget();
  }

  /** Opens the window of a person, or closes it: "". */
  async open(key, name) {
    if (this.key === key && this.name === name) return;
    this.key = key;
    this.name = name;
    this.anew = false;
    this.#forget();
    this.draw();
    if (key) await this.poll.now();
  }

  /** Writes a text where the window is open; in a channel it mentions the app. */
  async say(text) {
    if (!this.who) await this.poll.now();
    await this.composer.say(text);
  }

  speak(t, company) {
    this.t = t;
    setText(this.company, company);
    setText(this.tile, [...company][0] ?? '');
    this.log.setAttribute('aria-label', t('slackLog'));
    this.tabs.setAttribute('aria-label', t('slackPlaces'));
    setText(this.wrong, '');
    this.draw();
  }

  /** The latest ask of the conversation in sight; null where nobody is known yet. */
  ask() {
    const {who, place} = this;
    if (!place) return null;
    if (place.direct) return server.askOf('slack', {account: who.team, user: who.person});
    const thread = this.composer.thread?.ts ?? place.posts.findLast((post) => post.who === 'you' && !post.thread)?.ts;
    return thread ? server.askOf('slack', {account: who.team, user: place.id, thread}) : Promise.resolve({records: [], event: null});
  }

  get place() {
    return this.places[this.at];
  }

  #forget() {
    this.who = null; // as Slack knows them
    this.places = [];
    this.at = 0;
    this.n = 0;
    this.atEnd = true;
    this.read = {}; // by place: the ts of the last post that was seen there
    this.composer.move(null);
    this.poll.stir();
  }

  #show(at) {
    this.at = at;
    this.composer.move(this.place);
    this.draw({down: true});
  }

  /** @returns {Promise<boolean>} whether Slack took it */
  async #act(what) {
    this.poll.stir();
    let taken = true;
    try {
      if (!this.who) await this.poll.now();
      await server.slackAct({team: this.who.team, person: this.who.person, place: this.place.id, ...what});
    } catch {
      taken = false;
    }
    if (taken) this.#tell('');
    else this.#tell('failed');
    await this.poll.now();
    return taken;
  }

  async #delete(ts) {
    this.log.focus({preventScroll: true}); // the button goes with the message
    await this.#act({act: 'delete', ts});
  }

  #tell(key, values) {
    setText(this.wrong, key && this.t(key, values));
  }

  /** Looks at the window. */
  async #look(current) {
    const {key} = this;
    if (!key) return false;
    let who, seen, error;
    try {
      who = this.who ?? await server.slackPerson(key, this.name);
      seen = await server.slackWindow(who, this.n);
    } catch (failed) {
      error = failed;
    }
    if (!current() || this.key !== key) return false;
    if (error?.status === 404) this.#again();
    if (seen?.places) this.#take(who, seen);
    return true;
  }

  #take(who, {n, places}) {
    this.who = who;
    if (this.n) this.poll.stir();
    else for (const {id, posts} of places) this.read[id] = posts.at(-1)?.ts ?? ''; // what was there before they came is no news
    this.n = n;
    this.places = places;
    this.composer.move(this.place);
    this.draw();
  }

  /** The server was started again: it knows nobody. */
  #again() {
    this.#forget();
    this.anew = true;
    this.draw();
  }

  draw({down = false} = {}) {
    const {t} = this;
    if (!t || !this.key) return;
    this.atEnd ||= down;
    setText(this.me, this.who?.name ?? '');
    setText(this.fresh, this.anew ? t('slackAgain') : '');
    this.#drawTabs();
    this.#drawLog();
    this.composer.draw({t, app: t('slackApp'), mention: this.who?.mention});
    this.#follow();
    this.onChange();
  }

  #scrolled() {
    const {scrollHeight, scrollTop, clientHeight} = this.log;
    this.atEnd = scrollHeight - scrollTop - clientHeight < NEAR;
  }

  #follow() {
    if (this.atEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  #drawTabs() {
    const {t, read} = this;
    if (this.place) read[this.place.id] = this.place.posts.at(-1)?.ts ?? '';
    follow(this.tabs, this.places, ({id}) => id, ({id, direct}) => {
      const label = el('span');
      const news = el('span', {class: 'sl-news'});
      const node = el('button', {type: 'button', test: direct ? 'slack-direct' : 'slack-channel', on: {click: () => this.#show(this.places.findIndex((p) => p.id === id))}},
        el('span', {class: direct ? 'sl-here' : 'sl-hash', 'aria-hidden': 'true', text: direct ? '' : '#'}), label, news);
      return Object.assign(node, {label, news});
    }, (node, place, n) => {
      const unread = place.posts.filter(({who, ts}) => who !== 'you' && ts > (read[place.id] ?? '')).length;
      setText(node.label, place.direct ? t('slackApp') : place.name);
      setText(node.news, unread ? String(unread) : '');
      node.news.setAttribute('aria-label', unread ? t('slackUnread', {n: unread}) : '');
      if (n === this.at) node.setAttribute('aria-current', 'true');
      else node.removeAttribute('aria-current');
    });
  }

  #drawLog() {
    const {place, t} = this;
    const posts = place?.posts ?? [];
    const tops = new Set(posts.filter(({thread}) => !thread).map(({ts}) => ts));
    const threads = Map.groupBy(posts, ({ts, thread}) => (tops.has(thread) ? thread : ts));
    this.lead.hidden = !place || posts.length > 0;
    setText(this.lead, place ? t(place.direct ? 'slackLeadDirect' : 'slackLeadChannel') : '');
    follow(this.lines, [...threads.values()], ([first]) => `${place.id} ${first.ts}`,
      ([first]) => made(first, () => this.#scene()), (node, [post, ...replies]) => node.row.draw({post, replies}));
  }

  #scene() {
    const {t, place, composer} = this;
    return {
      t, app: t('slackApp'), mention: this.who?.mention ?? '', thread: composer.thread?.ts,
      onTap: ({ts}) => this.#act({act: 'tap', ts}),
      onEdit: (post) => composer.edit(post),
      onDelete: ({ts}) => this.#delete(ts),
      onReply: place?.direct ? undefined : (post) => composer.reply(post),
    };
  }
}
