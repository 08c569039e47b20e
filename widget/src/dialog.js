/** The modal panel: a native dialog, which brings the top layer, the inert page behind, Escape and the way back. */

import { html } from './dom.js';

/** @import {Formulaire, Textes} from './types.d.ts' */

/**
 * Events that would cross the shadow boundary: the page's keyboard shortcuts and focus traps must not act on what is
 * typed here, and what is typed is none of the page's business.
 */
const PRIVATE = ['keydown', 'keyup', 'keypress', 'beforeinput', 'input', 'paste', 'focusin', 'focusout'];

/** @typedef {ReturnType<typeof createPanel>} Panel */

/**
 * @param {string} title until the collector's own arrives
 * @param {Textes} words likewise
 * @param {{mayDismiss: () => boolean, closed: () => void}} on `mayDismiss`: whether a click beside the panel closes it
 */
export function createPanel(title, words, on) {
  const heading = html('h2', { class: 'avis-titre', id: 'avis-titre', tabindex: -1 }, title);
  const demarche = html('p', { class: 'avis-demarche' });
  const close = html('button', { class: 'avis-fermer', type: 'button' }, words.fermer);
  const content = html('div');
  const status = html('div', { class: 'avis-etat', role: 'status', tabindex: -1 });
  const element = html(
    'dialog',
    {
      class: 'avis-dialogue',
      part: 'panneau',
      'aria-labelledby': 'avis-titre',
      lang: words.langue,
      dir: 'auto',
    },
    html(
      'div',
      { class: 'avis-panneau' },
      html('div', { class: 'avis-entete' }, html('div', {}, heading, demarche), close),
      content,
      status,
    ),
  );

  /** @type {EventTarget | null} */
  let pressed = null;
  close.addEventListener('click', () => element.close());
  element.addEventListener('close', on.closed);
  element.addEventListener('pointerdown', ({ target }) => {
    pressed = target;
  });
  element.addEventListener('click', ({ target }) => {
    // The dialog itself is only hit beside the panel. Selecting text from inside to beside it also ends in a click on
    // the dialog, hence where the press began.
    if (target === element && pressed === element && on.mayDismiss()) element.close();
  });
  for (const type of PRIVATE) element.addEventListener(type, (event) => event.stopPropagation());

  return {
    element,
    heading,
    /** Where the form goes. */
    content,
    /** Live region after it. */
    status,
    open() {
      element.showModal();
      heading.focus();
    },
    /** @param {Formulaire} formulaire */
    present({ langue, titre, titre_langue, textes }) {
      element.lang = langue;
      demarche.textContent = titre;
      demarche.lang = titre_langue;
      heading.textContent = textes.titre ?? title;
      close.textContent = textes.fermer ?? '';
    },
  };
}
