/**
 * `<mon-avis>` around a link to a form. The link becomes, in its place, a button that opens the form over the page
 * (`dialogue`, `flottant`) or the form itself (`integre`); with `lien` it stays.
 */

import { diagnose, wanted } from './diagnostic.js';
import { html } from './dom.js';
import { face } from './drawings.js';
import { floating } from './float.js';
import { createPanel } from './panel.js';
import { sharedSheet } from './style.js';
import { languageOf, wordsIn } from './texts.js';
import { createVisit } from './visit.js';

/** @import {Panel} from './panel.js' */
/** @import {Affichage} from './types.d.ts' */
/** @import {Visit} from './visit.js' */

/** Where a link to the hosted form leads: `{base}/f/{code}`, whatever comes after. */
const FORM = /^https?:[^?#]*\/f\/[0-9a-z]{4,16}(?=\/?([?#]|$))/;

/** How far from the window, in CSS pixels, a form in the flow is asked for. */
const NEAR = '300px';

export class MonAvis extends HTMLElement {
  /** @type {Panel | undefined} */
  #panel;
  /** @type {Visit | undefined} */
  #visit;

  connectedCallback() {
    if (this.#start()) return;
    // A parser or a framework may add the link after the element.
    const observer = new MutationObserver(() => {
      if (this.#start()) observer.disconnect();
    });
    observer.observe(this, { childList: true, subtree: true });
    if (document.readyState !== 'loading') {
      queueMicrotask(() => this.shadowRoot || console.warn('<mon-avis> attend un lien vers /f/…', this));
    }
  }

  disconnectedCallback() {
    this.fermer();
    this.#visit?.stop();
  }

  /** Open the form, unless a listener of `avis:ouvre` prevents it. */
  ouvrir() {
    if (!this.#panel || !this.isConnected || this.#panel.dialog?.open) return;
    if (!this.#emit('ouvre')) return;
    const { element, open } = this.#panel;
    open();
    // In the flow of the page, it may only now be as high as it is.
    this.#visit?.begin().then(() => element.scrollIntoView());
  }

  /** Close the form; what was typed stays. */
  fermer() {
    this.#panel?.dialog?.close();
  }

  /** @returns {boolean} whether the link was found, and what is to stand in its place does */
  #start() {
    if (this.shadowRoot) return true;
    const link = this.querySelector('a');
    const [address] = FORM.exec(`${link?.href}`) ?? [];
    if (!link || !address) return false;
    const root = this.attachShadow({ mode: 'open' });
    const surface = html('div.avis-surface');
    root.append(surface);
    // A link that stays is dressed as the page dresses it: no sheet of ours around it.
    const keepLink = () => {
      root.adoptedStyleSheets = [];
      root.prepend(html('slot'));
    };
    const affichage = this.#affichage();
    if (affichage === 'lien') {
      keepLink();
      link.search = `?lang=${languageOf(this)}&affichage=lien`;
    } else {
      root.adoptedStyleSheets = [sharedSheet()];
      this.#replace(link, address, affichage, surface, keepLink);
    }
    if (wanted()) diagnose(this, surface, address, languageOf(this));
    this.#emit('pret');
    return true;
  }

  /** @returns {Affichage} */
  #affichage() {
    const asked = this.getAttribute('affichage') || 'dialogue';
    // In the corner of a frame it would stand in the middle of somebody's page.
    return asked === 'dialogue' || asked === 'integre' || (asked === 'flottant' && window === top) ? asked : 'lien';
  }

  /**
   * @param {HTMLAnchorElement} link
   * @param {string} address
   * @param {Affichage} affichage
   * @param {HTMLElement} surface
   * @param {() => void} keepLink
   */
  #replace(link, address, affichage, surface, keepLink) {
    const language = () => languageOf(this);
    const words = wordsIn(language());
    const title = link.textContent?.trim() || link.querySelector('img')?.alt || '';
    const framed = this.getAttribute('isolation') === 'cadre';
    const inFlow = affichage === 'integre';
    /** @type {Panel} */
    const panel = createPanel(
      title,
      words,
      inFlow,
      () => !visit.touched(),
      () => {
        visit.leave();
        this.#emit('ferme');
      },
    );
    // Nobody asked for a form in the flow: where it cannot be, the link is there as before.
    const giveUp = () => {
      if (inFlow) {
        panel.element.remove();
        keepLink();
      }
    };
    const visit = createVisit({
      link,
      address,
      affichage,
      language,
      panel,
      emit: this.#emit,
      giveUp,
      framed,
    });
    this.#panel = panel;
    this.#visit = visit;
    surface.append(panel.element);
    if (inFlow) {
      new IntersectionObserver(([entry]) => entry?.isIntersecting && visit.begin(), { rootMargin: NEAR }).observe(this);
      return;
    }
    const button = html(
      'button.avis-bouton',
      { part: 'bouton', type: 'button', 'aria-haspopup': 'dialog' },
      face(3, 3),
      html('span', {}, title),
    );
    button.onclick = () => {
      // Safari does not focus a clicked button, and the dialog gives the focus back to where it was.
      button.focus();
      this.ouvrir();
    };
    surface.prepend(affichage === 'flottant' ? floating(this, button, `${words.fermer} : ${title}`) : button);
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
