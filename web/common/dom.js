/**
 * Building and updating elements. Text only ever becomes text nodes: there is no
 * way through this module for a message to turn into markup.
 */

/**
 * @param {string} tag
 * @param {Object<string, any>} [attributes] `test` becomes data-test, `on` holds listeners, `text` the content
 * @param {...(Node|string|null|undefined|false)} children
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'on') for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === 'text') node.textContent = value;
    else if (name === 'test') node.dataset.test = value;
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child || child === ''));
  return node;
}

/** What people wrote, apart from the direction of everything around it. */
export function isolate(text, attributes = {}) {
  return el('bdi', {dir: 'auto', ...attributes, text});
}

/** Sets text only where it changed, so that live regions stay quiet. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const SVG = 'http://www.w3.org/2000/svg';

/** A line icon on a 20 × 20 grid, drawn in the colour of the text around it. */
export function icon(path, label = '') {
  const svg = document.createElementNS(SVG, 'svg');
  const attributes = {
    viewBox: '0 0 20 20', width: '20', height: '20', fill: 'none', stroke: 'currentColor',
    'stroke-width': '1.6', 'stroke-linecap': 'round', 'stroke-linejoin': 'round', focusable: 'false',
  };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  if (label) {
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
  } else svg.setAttribute('aria-hidden', 'true');
  const shape = document.createElementNS(SVG, 'path');
  shape.setAttribute('d', path);
  svg.append(shape);
  return svg;
}

export const icons = {
  person: 'M10 10.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM4 16.6c.7-2.6 3-4 6-4s5.3 1.4 6 4',
  bot: 'M5.5 7h9A1.5 1.5 0 0 1 16 8.500v6a1.500 1.500 0 0 1-1.500 1.500h-9A1.500 1.500 0 0 1 4 14.500v-6A1.500 1.500 0 0 1 5.500 7ZM10 7V4M7.500 11v1M12.500 11v1',
  send: 'M10 16V4.500M5 9.200l5-5 5 5',
  back: 'M12.500 4.500 7 10l5.500 5.500',
  down: 'M10 4v11.500M5.200 10.800l4.800 4.800 4.800-4.800',
};

const kept = new WeakMap();

/**
 * Makes parent's children follow items, keeping each item's element: focus,
 * selection and screen readers must not lose their place because of a redraw.
 *
 * @template T
 * @param {Element} parent
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => Element} make
 * @param {(node: any, item: T, index: number) => void} update
 */
export function follow(parent, items, keyOf, make, update = () => {}) {
  const before = kept.get(parent) ?? new Map();
  const now = new Map();
  let cursor = parent.firstElementChild;
  items.forEach((item, index) => {
    const key = keyOf(item);
    const node = before.get(key) ?? make(item);
    now.set(key, node);
    update(node, item, index);
    if (node === cursor) cursor = cursor.nextElementSibling;
    else parent.insertBefore(node, cursor);
  });
  for (const [key, node] of before) if (now.get(key) !== node) node.remove();
  kept.set(parent, now);
}

/** Enter sends; Shift+Enter and the Enter that ends a composition do not. */
export function isSubmit(event) {
  return event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
}

/** Lets a text area grow with its text, up to what its style allows. */
export function grow(area) {
  area.style.height = 'auto';
  area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
}

/** A random id of 22 characters from [A-Za-z0-9_-]. */
export function newID() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
