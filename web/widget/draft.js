/**
 * What a customer is still writing, kept for each conversation while they move from
 * page to page. It stays in this tab: sessionStorage. Where storage is refused, it
 * lasts as long as the page.
 */
const name = (conversation) => `zhida:draft:${conversation}`;

/** @returns {string} */
export function readDraft(conversation) {
  try {
    return sessionStorage.getItem(name(conversation)) ?? '';
  } catch {
    return '';
  }
}

export function keepDraft(conversation, text) {
  try {
    if (text) sessionStorage.setItem(name(conversation), text);
    else sessionStorage.removeItem(name(conversation));
  } catch {
    // Full or forbidden: it stays in the field.
  }
}
