/** The focus never falls back to the page: whoever has no mouse would start over. */

/**
 * Redraws, and puts the focus back where it was; where that is gone, to its refuge.
 * @param {ShadowRoot} root
 * @param {() => void} redraw
 * @param {(was: Element) => (() => HTMLElement)[]} refuges from what had the focus, asked before the redraw; of them the first that is shown
 */
export function keepFocus(root, redraw, refuges) {
  const was = root.activeElement;
  const places = was ? [() => was, ...refuges(was)] : [];
  redraw();
  if (!was || (root.activeElement === was && shown(was))) return;
  const next = places.map((place) => place()).find(shown);
  if (!next) return;
  if (!next.matches('button, textarea, a, [tabindex]')) next.tabIndex = -1;
  next.focus({preventScroll: true});
}

/** Whether an element can be seen, and so hold the focus. */
export function shown(node) {
  return node.isConnected && !node.disabled && node.getClientRects().length > 0;
}
