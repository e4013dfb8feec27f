import {el, setText} from '../common/dom.js';
import {money, translator} from '../common/locale.js';
import {count, goesAtOnce, plain} from './segments.js';
import {texts} from './texts.js';

/** How long nobody types before a screen reader says what it has come to, in milliseconds. */
const PAUSE = 1_500;

/** What a reply takes as SMS while it is written: to be seen at once, and said once it takes another part. */
export class CountLine {
  constructor() {
    this.shown = el('p', {class: 'cost', id: 'cost', test: 'count', hidden: true});
    this.said = el('p', {class: 'quiet-read', role: 'status', test: 'count-said'});
    this.node = el('div', {}, this.shown, this.said);
  }

  /**
   * @param {{price?: string, currency?: string}|undefined} counting of one part; absent where nothing is counted
   * @param {string} text '' while nothing is written
   * @param {string} label what stands before it: see labelOf
   */
  draw(counting, text, label, t) {
    const size = counting && text ? count(plain(label + text)) : null;
    this.shown.hidden = !size;
    setText(this.shown, size ? wordsOf(size, counting, label, t) : '');
    const parts = size?.parts ?? 0;
    if (parts === this.parts) return;
    this.parts = parts;
    clearTimeout(this.pausing);
    this.pausing = setTimeout(() => setText(this.said, this.parts > 1 ? this.shown.textContent : ''), PAUSE);
  }
}

/** Who speaks, as connectors/sms/words.go puts it before what an agent says: in the customer's language. */
export function labelOf({names = {}}, language) {
  const name = names[language] || names.en || names['zh-CN'] || '';
  const t = translator(texts, language === 'en' ? 'en' : 'zh-CN');
  return name ? t('labelNamed', {name}) : t('label');
}

function wordsOf(size, {price, currency}, label, t) {
  const {encoding, parts, used, room} = size;
  const much = goesAtOnce(size) ? [t('count', {n: parts}), t('countLast', {used, room})] : [t('countLong', {n: parts})];
  const words = [...much, t(encoding === 'UCS-2' ? 'countWide' : 'countPlain', {room, encoding})];
  if (price && currency) words.push(t('countPrice', {price: money(parts * price, currency, t.language)}));
  return [...words, t('countLabel', {label: label.trim()})].join(' · ');
}
