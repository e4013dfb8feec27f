const NARROW = '(max-width: 47.99rem)';

/** On a phone one view at a time; on anything wider the tabs are not there. */
export function joinTabs(body) {
  const tabs = [...body.querySelectorAll('[role="tab"]')];
  const narrow = matchMedia(NARROW);

  function show(name) {
    body.dataset.tab = name;
    for (const tab of tabs) {
      const chosen = tab.dataset.tab === name;
      tab.setAttribute('aria-selected', String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
  }

  function suit() {
    for (const tab of tabs) {
      const panel = document.getElementById(tab.getAttribute('aria-controls'));
      if (narrow.matches) panel.setAttribute('role', 'tabpanel');
      else panel.removeAttribute('role');
    }
  }

  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener('click', () => show(tab.dataset.tab));
    tab.addEventListener('keydown', (event) => {
      const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
      if (!step) return;
      const next = tabs[(index + step + tabs.length) % tabs.length];
      show(next.dataset.tab);
      next.focus();
    });
  }
  narrow.addEventListener('change', suit);
  suit();
  show('phone');
  return {show};
}
