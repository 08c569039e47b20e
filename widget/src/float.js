/** `affichage="flottant"`: the button stays in a corner of the window, gives way and can be put away. */

import { html } from './dom.js';

/**
 * @param {HTMLElement} host
 * @param {HTMLElement} button
 * @param {string | undefined} words of the button that puts it away
 */
export function floating(host, button, words) {
  const away = html('button.avis-fermer', { type: 'button', 'aria-label': words }, '×');
  away.onclick = () => {
    host.hidden = true;
  };
  const corner = html('div.avis-coin', {}, button, away);

  /**
   * Never over what has the focus: who uses a keyboard has to see where they are (WCAG 2.4.11).
   *
   * @param {FocusEvent} event
   */
  function giveWay({ target }) {
    if (!host.isConnected) return document.removeEventListener('focusin', giveWay);
    // The browser scrolls to what takes the focus, after it has told of it.
    requestAnimationFrame(() => {
      const a = /** @type {Element} */ (target).getBoundingClientRect();
      const b = corner.getBoundingClientRect();
      const over = a.right > b.left && a.left < b.right && a.bottom > b.top && a.top < b.bottom;
      corner.style.visibility = over && target !== host ? 'hidden' : '';
    });
  }

  document.addEventListener('focusin', giveWay);
  return corner;
}
