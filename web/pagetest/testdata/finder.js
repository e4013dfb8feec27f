// Finds elements across shadow roots and same-origin frames.
function* roots(root) {
  yield root;
  for (const el of root.querySelectorAll('*')) {
    if (el.shadowRoot) yield* roots(el.shadowRoot);
    if (el.tagName === 'IFRAME' && el.contentDocument) yield* roots(el.contentDocument);
  }
}
// The part is "" for everything, or the name of an element that contains it.
function all(part, name) {
  const starts = part ? [...roots(document)].flatMap((r) => [...r.querySelectorAll(part)]) : [document];
  const found = new Set();
  for (const start of starts) {
    const inner = start.shadowRoot || start.contentDocument || start;
    for (const root of roots(inner)) {
      for (const el of root.querySelectorAll(`[data-test="${name}"]`)) found.add(el);
    }
  }
  return [...found];
}
function visible(el) { return el.getClientRects().length > 0 && el.ownerDocument.defaultView.getComputedStyle(el).visibility !== 'hidden'; }
function shows(part, name, text) { return all(part, name).some((el) => visible(el) && el.textContent.includes(text)); }
function texts(part, name) { return all(part, name).filter(visible).map((el) => el.textContent.trim()); }
function clickable(part, name, n) { const el = all(part, name).filter(visible)[n]; return el && !el.disabled; }
function centre(part, name, n) {
  const el = all(part, name).filter(visible)[n];
  el.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' });
  let box = el.getBoundingClientRect();
  let x = box.left + box.width / 2, y = box.top + box.height / 2;
  for (let w = el.ownerDocument.defaultView; w !== window && w.frameElement; w = w.parent) {
    const frame = w.frameElement.getBoundingClientRect();
    x += frame.left; y += frame.top;
  }
  return { X: x, Y: y };
}
function everything() { return [...roots(document)].map((r) => (r.body || r).textContent.replace(/\s+/g, ' ').slice(0, 1500)).join('\n--\n'); }
// The element with the focus, through shadow roots.
function active() { let a = document.activeElement; while (a?.shadowRoot?.activeElement) a = a.shadowRoot.activeElement; return a; }
function nameOf(el) { return el.dataset.test || el.className || el.tagName.toLowerCase(); }
// The text of an element as it stands on the screen: its characters from left to right.
function readAs(el) {
  const walk = document.createTreeWalker(el, NodeFilter.SHOW_TEXT), found = [], range = document.createRange();
  for (let node; (node = walk.nextNode());) for (let i = 0; i < node.length; i++) {
    range.setStart(node, i);
    range.setEnd(node, i + 1);
    found.push([range.getBoundingClientRect().left, node.data[i]]);
  }
  return found.sort(([a], [b]) => a - b).map(([, c]) => c).join('');
}
