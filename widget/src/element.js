/** `<mon-avis>`: the link of the page becomes a button in its place, which opens the form over the page. */

import { createPanel } from './dialog.js';
import { html } from './dom.js';
import { face } from './drawings.js';
import { sharedSheet } from './style.js';
import { languageOf, wordsIn } from './texts.js';
import { createVisit } from './visit.js';

/** @import {Panel} from './dialog.js' */
/** @import {Visit} from './visit.js' */

/** Where a link to the hosted form leads: `{base}/f/{code}`. */
const FORM_PATH = /^(.*)\/f\/([0-9a-z]{4,16})\/?$/;

export class MonAvis extends HTMLElement {
  /** @type {Panel | undefined} */
  #panel;
  /** @type {Visit | undefined} */
  #visit;
  #waiting = false;

  connectedCallback() {
    if (this.#waiting || (this.getAttribute('affichage') || 'dialogue') !== 'dialogue' || this.#start()) return;
    this.#waiting = true;
    // A parser or a framework may add the link after the element.
    const observer = new MutationObserver(() => {
      if (this.#start()) observer.disconnect();
    });
    observer.observe(this, { childList: true, subtree: true });
    queueMicrotask(() => {
      if (!this.#panel && document.readyState !== 'loading') {
        console.warn('<mon-avis> attend un lien vers le formulaire : <a href="https://…/f/code">.', this);
      }
    });
  }

  disconnectedCallback() {
    this.fermer();
  }

  /** Open the form, unless a listener of `avis:ouvre` prevents it. */
  ouvrir() {
    if (!this.#panel || !this.isConnected || this.#panel.element.open) return;
    if (!this.#emit('ouvre')) return;
    this.#panel.open();
    this.#visit?.begin();
  }

  /** Close the form; what was typed stays. */
  fermer() {
    this.#panel?.element.close();
  }

  /** @returns {boolean} whether the button is there */
  #start() {
    if (this.#panel) return true;
    const link = this.querySelector('a');
    const [, path, code] = FORM_PATH.exec(link?.pathname ?? '') ?? [];
    if (!link || !code || !/^https?:$/.test(link.protocol)) return false;

    const language = () => languageOf(this);
    const title = link.textContent?.trim() || link.querySelector('img')?.alt || link.href;
    const panel = createPanel(title, wordsIn(language()), {
      mayDismiss: () => !visit.touched(),
      closed: () => {
        visit.leave();
        this.#emit('ferme');
      },
    });
    const address = `${link.origin}${path}/f/${code}.json`;
    const visit = createVisit({ link, address, language, panel, emit: this.#emit });
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sharedSheet()];
    root.append(html('div', { class: 'avis-surface' }, this.#button(title, visit), panel.element));
    this.#panel = panel;
    this.#visit = visit;
    this.#emit('pret');
    return true;
  }

  /**
   * @param {string} text
   * @param {Visit} visit
   */
  #button(text, visit) {
    const attributes = { class: 'avis-bouton', part: 'bouton', type: 'button', 'aria-haspopup': 'dialog' };
    const element = html('button', attributes, face(3, 3), html('span', {}, text));
    element.addEventListener('pointerdown', ({ pointerType, button }) => {
      // A finger may only be scrolling, and asking for the questions counts as an opening of the form.
      if (pointerType === 'mouse' && button === 0) visit.prefetch();
    });
    element.addEventListener('click', () => {
      // Safari does not focus a clicked button, and the dialog gives the focus back to where it was.
      element.focus();
      this.ouvrir();
    });
    return element;
  }

  /**
   * @param {string} type
   * @param {unknown} [detail] never an answer
   */
  #emit = (type, detail) =>
    this.dispatchEvent(
      new CustomEvent(`avis:${type}`, { bubbles: true, composed: true, cancelable: type === 'ouvre', detail }),
    );
}
