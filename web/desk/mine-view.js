import {el, follow, isolate, setText} from '../common/dom.js';
import {timeOfDay} from '../common/locale.js';

/** The conversations in my hands, and those that just left them. */
export class MineView {
  /** @param {import('./session.js').DeskSession} session */
  constructor(session) {
    this.session = session;
    this.title = el('h2', {id: 'mine-title'});
    this.none = el('p', {class: 'none'});
    this.list = el('ul', {class: 'conversations', 'aria-labelledby': 'mine-title'});
    this.node = el('nav', {class: 'mine', 'aria-labelledby': 'mine-title'}, this.title, this.none, this.list);
  }

  draw(t) {
    const all = [...this.session.held.values()];
    const ordered = [...all.filter(({left}) => !left), ...all.filter(({left}) => left)];
    setText(this.title, t('mine'));
    setText(this.none, t('mineNone'));
    this.none.hidden = ordered.length > 0;
    follow(this.list, ordered, ({id}) => id, (held) => this.#make(held), (node, held) => this.#update(node, held, t));
  }

  #make(held) {
    const name = isolate('', {class: 'name'});
    const last = isolate('', {class: 'last'});
    const time = el('time');
    const dot = el('span', {class: 'unread', role: 'img', hidden: true});
    const button = el('button', {type: 'button', test: 'conversation', on: {click: () => this.session.select(held.id)}},
      el('span', {class: 'first'}, name, time), el('span', {class: 'second'}, last, dot));
    return Object.assign(el('li', {}, button), {button, name, last, time, dot});
  }

  #update(node, held, t) {
    const newest = held.log.list().at(-1);
    node.button.dataset.conversation = held.id;
    node.button.setAttribute('aria-current', String(held.id === this.session.selected));
    node.dataset.left = held.left ? 'yes' : 'no';
    setText(node.name, held.nameOr(t('customer')));
    setText(node.last, held.left ? t(held.left) : held.typing ? t('typing') : (newest?.text ?? ''));
    setText(node.time, newest ? timeOfDay(newest.at, t.language) : '');
    node.dot.hidden = !held.unread;
    node.dot.setAttribute('aria-label', t('unread'));
  }
}
