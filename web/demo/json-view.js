import {el} from '../common/dom.js';

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON, printed with its syntax tinted; every piece of it a text node. */
export function tinted(value) {
  const text = JSON.stringify(value, null, 2);
  const code = el('code');
  let last = 0;
  for (const match of text.matchAll(TOKEN)) {
    code.append(text.slice(last, match.index));
    const [whole, string, colon] = match;
    if (string) code.append(el('span', {class: colon ? 'key' : 'string', text: string}), colon ?? '');
    else code.append(el('span', {class: 'atom', text: whole}));
    last = match.index + whole.length;
  }
  code.append(text.slice(last));
  return code;
}
