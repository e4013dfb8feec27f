import {el, isolate, setText} from '../common/dom.js';
import {day, money, timeOfDay} from '../common/locale.js';

const PAUSE = 3_600_000; // after so long without a message, in milliseconds, the time is told again

/** A number as people read it: of North America in groups, others as they are. */
export function grouped(number) {
  return number.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1 $1 $2 $3');
}

/** The entries, each with an id, and the time before those that follow on none. */
export function withDays(entries) {
  if (!entries.length) return [{id: 'lead', who: 'note', text: 'smsLead'}];
  const all = [];
  let last = -Infinity;
  for (const entry of entries) {
    const at = entry.at ? Date.parse(entry.at) : last;
    if (at - last > PAUSE) all.push({id: `at ${at}`, who: 'time', at});
    last = at;
    all.push({id: String(entry.n), ...entry});
  }
  return all;
}

/** A line of the log. What may change of it is stand's. */
export function lineOf(entry, t) {
  const {who, at, text} = entry;
  if (who === 'time') return el('li', {class: 'sm-time', text: `${day(at, t.language)} ${timeOfDay(at, t.language)}`});
  if (who === 'note') return el('li', {class: 'sm-note', test: 'sms-note', text: t(text)});
  if (entry.lost) return el('li', {class: 'sm-note', test: 'sms-lost', text: t('smsLost', {paid: paid(entry, t)})});
  return el('li', {class: `sm-line sm-${who}`, test: 'sms-message', 'data-who': who},
    el('div', {class: 'sm-bubble'}, isolate(text ?? '')),
    who !== 'customer' && el('small', {test: 'sms-parts'}));
}

/** Says how a message stands: what it took, what it cost, and that it is there where AWS told so. */
export function stand(node, entry, delivered, t) {
  const small = node.querySelector('small');
  if (!small) return;
  if (entry.who === 'aws') setText(small, t('smsByAWS'));
  else setText(small, delivered ? `${paid(entry, t)} · ${t('smsDelivered')}` : paid(entry, t));
}

function paid({parts, usd}, t) {
  return t(parts === 1 ? 'smsPart' : 'smsParts', {n: parts, price: money(usd, 'USD', t.language)});
}
