/**
 * Where the form is shown: over the page, in a native dialog, which brings the top layer, the inert page behind, Escape
 * and the way back; or in the flow of the page, in a section.
 */

import { html } from './dom.js';

/** @import {Formulaire, Textes} from './types.d.ts' */

/**
 * Events that would cross the shadow boundary: the page's keyboard shortcuts and focus traps must not act on what is
 * typed here, and what is typed is none of the page's business.
 */
const PRIVATE = 'keydown keyup keypress beforeinput input paste focusin focusout'.split(' ');

/** @typedef {ReturnType<typeof createPanel>} Panel */

/**
 * @param {string} title until the collector's own arrives
 * @param {Textes} words likewise
 * @param {boolean} inFlow
 * @param {() => boolean} mayDismiss whether a click beside the panel closes it
 * @param {() => void} closed
 */
export function createPanel(title, words, inFlow, mayDismiss, closed) {
  const heading = html('h2.avis-titre', { id: 'avis-titre', tabindex: -1 }, title);
  const demarche = html('bdi.avis-demarche');
  const close = !inFlow && html('button.avis-fermer', { type: 'button' }, words.fermer);
  const content = html('div');
  const status = html('div.avis-etat', { role: 'status', tabindex: -1 });
  const head = html('div.avis-entete', {}, html('div', {}, heading, demarche), close);
  const box = html('div.avis-panneau', {}, head, content, status);
  const element = html(
    inFlow ? 'section' : 'dialog',
    {
      class: inFlow ? 'avis-integre' : 'avis-dialogue',
      part: 'panneau',
      'aria-labelledby': 'avis-titre',
      lang: words.langue,
    },
    box,
  );
  const dialog = inFlow ? undefined : /** @type {HTMLDialogElement} */ (element);
  /** @type {HTMLElement} what has the focus once the panel is open */
  let start = heading;

  if (dialog && close) {
    // The dialog itself is only hit beside the panel. Selecting text from inside to beside it also ends in a click on the
    // dialog, hence where the press began. The second press of a double click on « Envoyer » falls beside the thanks,
    // which are shorter than the form: it is not meant for them.
    let pressed = false;
    close.onclick = () => dialog.close();
    dialog.onclose = closed;
    dialog.onmousedown = ({ target, detail }) => {
      pressed = target === dialog && detail < 2;
    };
    dialog.onclick = ({ target }) => {
      if (target === dialog && pressed && mayDismiss()) dialog.close();
    };
  }
  for (const type of PRIVATE) element.addEventListener(type, (event) => event.stopPropagation());

  return {
    element,
    heading,
    /** Where the form goes. */
    content,
    /** Live region after it. */
    status,
    /** The panel when it comes over the page. */
    dialog,
    open() {
      dialog?.showModal();
      start.focus();
    },
    /**
     * A frame brings its own head. « Fermer » then stands after it: the last stop of the keyboard has to be ours, for it
     * to come round.
     *
     * @param {HTMLElement} frame
     */
    frame(frame) {
      heading.hidden = true;
      head.replaceWith(heading);
      start = frame;
      if (!close) return;
      box.append(close);
      // What had the focus is hidden now, and there is nothing in the frame yet.
      status.focus();
    },
    /** @param {Formulaire} formulaire */
    present({ langue, sens, titre, titre_langue, textes }) {
      element.lang = langue;
      element.dir = sens;
      demarche.textContent = titre;
      demarche.lang = titre_langue;
      heading.textContent = textes.titre ?? title;
      if (close) close.textContent = `${textes.fermer}`;
    },
  };
}
