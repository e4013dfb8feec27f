import {el, follow, setText} from '../common/dom.js';
import {clockSpan} from '../common/locale.js';

/**
 * The line: how many wait, for how long, and the one button that takes the next.
 * Tickets cannot be picked out of it: nobody is overtaken.
 */
export class LineView {
  /** @param {import('./session.js').DeskSession} session */
  constructor(session) {
    this.session = session;
    this.count = el('strong', {class: 'count', test: 'waiting'});
    this.words = el('span');
    this.longest = el('span', {class: 'longest'});
    this.button = el('button', {type: 'button', class: 'button primary claim', test: 'claim', on: {click: () => session.claim()}});
    this.problem = el('p', {class: 'problem', role: 'status', hidden: true});
    this.list = el('ol', {class: 'tickets', tabindex: '0'});
    this.node = el('section', {class: 'line'}, el('h2', {class: 'waiting'}, this.count, this.words, this.longest), this.button, this.problem, this.list);
  }

  draw(t) {
    const {line, claiming, problem, hint} = this.session;
    const none = !line.waiting;
    this.count.hidden = none;
    setText(this.count, countOf(line, t));
    setText(this.words, t(none ? 'nobody' : 'waiting'));
    this.button.disabled = none || claiming || this.session.socket.status !== 'open';
    setText(this.button, t(claiming ? 'claiming' : 'claim'));
    this.#drawProblem(problem, hint, t);
    this.list.hidden = none;
    this.list.setAttribute('aria-label', t('line'));
    follow(this.list, line.tickets ?? [], ({ticket}) => ticket, makeTicket, (node, ticket) => updateTicket(node, ticket, t));
    this.tick(t);
  }

  /** Waiting times run on between pushes. */
  tick(t) {
    const now = this.session.socket.clock.now();
    let longest = 0;
    for (const node of this.list.children) {
      const waited = now - node.ticket.asked_at;
      longest = Math.max(longest, waited);
      setText(node.time, clockSpan(waited));
    }
    setText(this.longest, longest ? t('longest', {time: clockSpan(longest)}) : '');
  }

  #drawProblem(problem, hint, t) {
    this.problem.hidden = !problem;
    const words = {nobody_waiting: t('claimNobody'), network: t('networkFailed')};
    setText(this.problem, problem ? (words[problem] ?? `${hint} (${problem})`) : '');
  }
}

/**
 * How many wait, and no more exactly than is known.
 * @param {import('../common/frames.js').Line} line
 */
export function countOf({waiting, exact, about}, t) {
  if (exact) return String(waiting);
  return t(about ? 'countAbout' : 'countMore', {n: waiting});
}

function makeTicket() {
  const place = el('span', {class: 'place'});
  const tag = el('span', {class: 'tag'});
  const time = el('time', {class: 'waited'});
  const node = el('li', {test: 'line-item'}, place, tag, time);
  return Object.assign(node, {place, tag, time});
}

function updateTicket(node, ticket, t) {
  node.ticket = ticket;
  node.dataset.ticket = ticket.ticket;
  node.dataset.class = ticket.class;
  setText(node.place, String(ticket.position));
  const words = {distress: t('classDistress'), priority: t('classPriority')};
  setText(node.tag, words[ticket.class] ?? '');
  node.tag.hidden = !words[ticket.class];
}
